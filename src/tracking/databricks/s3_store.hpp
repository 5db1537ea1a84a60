#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "assay/tracking/databricks/aws_signature.hpp"
#include "tracking/databricks/cloud_client.hpp"
#include "tracking/databricks/storage_location.hpp"

namespace assay::tracking::databricks {

/// A key for S3 and how the bucket wants objects to be encrypted.
struct S3Access {
    AwsKey key;
    http::Headers encryption;  ///< sent where an object is made
};

/// A folder of an S3 bucket that is written with temporary keys.
class S3Store {
  public:
    /// @param endpoint  "http://host:port", with the bucket in the path, in place of AWS's own; may be empty
    S3Store(CloudClient& client, StorageLocation location, S3Access access, std::function<S3Access()> renew,
            std::string endpoint, index part_size);

    /// In one piece up to `part_size`, else in parts; S3 checks the SHA-256 of each.
    /// @throws HttpError, AuthError, IoError
    void upload(std::string_view path, const std::filesystem::path& file);

  private:
    std::string object_url(std::string_view path);
    const std::string& region();
    http::Response send(const std::function<http::Request()>& make, const std::string& payload);
    void upload_whole(const std::string& url, const std::filesystem::path& file);
    void upload_parts(const std::string& url, const std::filesystem::path& file, const std::vector<FilePart>& parts);
    std::string send_parts(const std::string& url, const std::filesystem::path& file,
                           const std::vector<FilePart>& parts);

    CloudClient& client_;
    StorageLocation location_;
    S3Access access_;
    std::function<S3Access()> renew_;
    std::string endpoint_;
    index part_size_;
    std::optional<std::string> region_;
};

}  // namespace assay::tracking::databricks
