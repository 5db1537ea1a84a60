#pragma once

#include <string>

#include "assay/base/index.hpp"

namespace assay::tracking::databricks {

/// How files go to a cloud's storage.
struct UploadOptions {
    index part_size = index{10} << 20;        ///< bytes of one part, at least 5 MiB for S3
    index multipart_from = index{500} << 20;  ///< bytes; from here a presigned upload to S3 goes in parts
    // Other addresses of the clouds' storage, "https://host": private endpoints, or a test's. Empty: the public ones.
    std::string s3_endpoint{};     ///< the bucket is then in the path
    std::string azure_endpoint{};  ///< in place of https://<account>.dfs.core.windows.net
    std::string gcs_endpoint{};    ///< in place of https://storage.googleapis.com
};

}  // namespace assay::tracking::databricks
