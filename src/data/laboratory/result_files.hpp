#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Files of results, whatever is in them.
namespace assay::data::laboratory {

/// The path itself, or a folder's files by name: none that begins with a point.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& path);

/// All bytes of a file, unpacked where it is gzip or zstd. @throws IoError
std::string whole_text(const std::filesystem::path& path);

/// Calls with all bytes of a file; what is not packed is mapped, not read. @throws IoError
void with_text(const std::filesystem::path& path, const std::function<void(std::string_view)>& use);

/// The first bytes of a file, unpacked. @throws IoError
std::string first_bytes(const std::filesystem::path& path, std::size_t count);

}  // namespace assay::data::laboratory
