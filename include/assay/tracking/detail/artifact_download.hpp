#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/tracking/detail/transfer_context.hpp"
#include "assay/tracking/mlflow_types.hpp"

namespace assay::tracking::detail {

/// A file to be fetched.
struct Incoming {
    std::string path;
    std::filesystem::path destination;
    std::optional<std::int64_t> size;  ///< as the server lists it
};

/// As ArtifactClient::list_files().
std::vector<FileInfo> list_below(const ArtifactServer& server, std::string_view path);

/// Fetches all: small files at once, large ones one after the other, in parts where the store gives a link.
/// @throws what the first failing file threw
std::vector<TransferredFile> download_all(const TransferContext& context, const std::vector<Incoming>& files);

/// As ArtifactClient::measure().
TransferredFile measure(const TransferContext& context, const std::string& path);

}  // namespace assay::tracking::detail
