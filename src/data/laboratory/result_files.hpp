#pragma once

#include <filesystem>
#include <string>
#include <vector>

// Files of results, whatever is in them.
namespace assay::data::laboratory {

/// The path itself, or a folder's files by name: none that begins with a point, is named in `skip`, or says what the
/// others are (README, LICENSE, CHANGELOG, SHA256SUMS, *.md).
std::vector<std::filesystem::path> files_in(const std::filesystem::path& path,
                                            const std::vector<std::string>& skip = {});

/// What of a folder `files_in` leaves out, and its folders, as remarks.
std::vector<std::string> left_out_remarks(const std::filesystem::path& path, const std::vector<std::string>& skip);

/// All bytes of a file, unpacked where it is gzip or zstd. Read, not mapped: a mapped file that another process cuts
/// ends this one. @throws IoError, also where the file is cut while it is read
std::string whole_text(const std::filesystem::path& path);

/// The first bytes of a file, unpacked. @throws IoError
std::string first_bytes(const std::filesystem::path& path, std::size_t count);

}  // namespace assay::data::laboratory
