#pragma once

#include <filesystem>
#include <string>

#include "assay/data/table.hpp"

namespace assay::data {

/// The table as RFC 4180 text with '\n' line ends: numbers in the shortest form that reads back to the same bits,
/// times in ISO-8601 with Z, null as nothing, empty text as "", NaN as NAN, bytes that are not UTF-8 as \x and
/// hexadecimal digits. read_csv with the table's schema gives the table back (all NaN become the quiet one).
ASSAY_EXPORT std::string to_csv(const Table& table);

/// Writes that text; the file appears whole or not at all. @throws IoError
ASSAY_EXPORT void write_csv(const Table& table, const std::filesystem::path& path);

}  // namespace assay::data
