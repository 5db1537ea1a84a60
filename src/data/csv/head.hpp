#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/data/csv_dialect.hpp"
#include "data/csv/byte_source.hpp"
#include "data/csv/row_scanner.hpp"

// The beginning of a file, looked at before reading it.
namespace assay::data::csv {

inline constexpr index kHeadBytes = index{1} << 20;

/// Up to kHeadBytes from the start of a source.
std::string read_head(ByteSource& source);

/// Fields of the row at `begin`, unquoted and unescaped.
ScannedRow split_row(std::string_view text, index begin, const Marks& marks, bool at_end,
                     std::vector<std::string>& fields);

/// Where line `lines` (from 0) begins; the size where there are fewer.
index start_of_line(std::string_view text, index lines, char newline);

/// Encoding of stored bytes: by byte order mark, by zeros, by whether they are UTF-8.
Encoding detect_encoding(std::string_view bytes, std::vector<std::string>& remarks);

/// Delimiter, quote, line end, preamble and header of decoded text.
CsvDialect detect_layout(std::string_view text, bool at_end, std::vector<std::string>& remarks);

}  // namespace assay::data::csv
