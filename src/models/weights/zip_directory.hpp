#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace assay::models::detail {

/// Content of each entry of a zip archive whose entries are stored as they are, by name.
/// @throws IoError where the archive is damaged, or an entry is compressed, encrypted or there twice.
/// Source: PKWARE APPNOTE 6.3.10, zip64 included.
std::map<std::string, std::span<const std::byte>, std::less<>> read_zip_directory(std::span<const std::byte> archive,
                                                                                  const std::string& where);

}  // namespace assay::models::detail
