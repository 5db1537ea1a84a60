#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/http.hpp"

namespace assay::tracking::databricks {

/// S3's limit, which the others' does not undercut.
inline constexpr index most_cloud_parts = 10'000;

/// The pieces in which a large file goes.
struct FilePart {
    index number = 1;  ///< from 1
    index offset = 0;
    index size = 0;
};

/// Parts of `part_size` bytes, the last one shorter; none for an empty file.
std::vector<FilePart> cut_file(const std::filesystem::path& file, index part_size);

/// A file as the body of a request.
void attach(http::Request& request, const std::filesystem::path& file);
void attach(http::Request& request, const std::filesystem::path& file, const FilePart& part);

/// `url` with "name=value" behind its query.
std::string with_query(const std::string& url, std::string_view name_and_value);

/// Speaks to a cloud's storage. The workspace's credentials never go there: a request brings its own.
class CloudClient {
  public:
    /// @param options  of the workspace's client; its credentials and headers are left out
    explicit CloudClient(http::ClientOptions options);

    /// Sends what `make` makes. Where the storage refuses it because temporary credentials ran out, calls `renew` and
    /// sends what `make` makes then. @throws AuthError, HttpError for an answer that is not 2xx
    http::Response send(const std::function<http::Request()>& make, const std::function<void()>& renew) const;
    /// The answer whatever it says, at the first attempt to be answered.
    http::Response ask(const http::Request& request) const { return http_.send(request); }

  private:
    http::Client http_;
};

}  // namespace assay::tracking::databricks
