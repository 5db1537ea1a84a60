#pragma once

#include "assay/base/export.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace assay {

/// The whole content of a file, pipe or device.
/// @throws IoError if it cannot be read; the text names the path, the reason and what to do.
ASSAY_EXPORT std::string read_file(const std::filesystem::path& path);

/// Replaces a file so that a reader, a crash or a power cut finds the old content or the new, never a part.
///
/// The bytes go to a temporary file in the same folder, are synced, renamed over `path`, and the folder is synced. An
/// existing file keeps its permissions; a symbolic link is followed.
/// @throws IoError if the folder is missing, not writable or full; the old file then stands and nothing is left over.
ASSAY_EXPORT void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

/// The same for content in several pieces, one behind the other.
ASSAY_EXPORT void write_file_atomic(const std::filesystem::path& path, std::span<const std::string_view> pieces);

}  // namespace assay
