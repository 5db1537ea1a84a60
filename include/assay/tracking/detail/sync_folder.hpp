#pragma once

#include <filesystem>

namespace assay::tracking::detail {

/// Brings a folder's list of names to the disk: a file that was renamed into it outlives a power cut only then. Does
/// nothing where the file system cannot.
void sync_folder(const std::filesystem::path& folder) noexcept;

}  // namespace assay::tracking::detail
