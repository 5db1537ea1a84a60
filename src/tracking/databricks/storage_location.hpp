#pragma once

#include <string>
#include <string_view>

namespace assay::tracking::databricks {

/// Where a cloud keeps a folder: "s3://bucket/a/b", "gs://bucket/a/b",
/// "abfss://container@account.dfs.core.windows.net/a/b".
struct StorageLocation {
    std::string scheme;
    std::string bucket;   ///< or container
    std::string account;  ///< host of the storage account, Azure only
    std::string path;     ///< without '/' at either end, not percent-encoded

    /// "a/b/file"
    std::string below(std::string_view file) const;
};

/// @throws ValueError where the URI is none of these
StorageLocation parse_location(std::string_view uri);

}  // namespace assay::tracking::databricks
