#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::data {

/// Character encoding of a file's bytes, by name.
enum class Encoding : std::uint8_t { Utf8, Utf16Le, Utf16Be, Latin1, Windows1252, Cp949 };

/// "utf-8", "utf-16le", "utf-16be", "latin-1", "windows-1252" or "cp949".
ASSAY_EXPORT std::string_view name_of(Encoding encoding) noexcept;
/// Encoding of that name in any case, usual other names included. @throws ValueError listing the known names.
ASSAY_EXPORT Encoding encoding_from_name(std::string_view name);

/// How a delimited text file is written.
struct CsvDialect {
    char delimiter = ',';
    char quote = '"';     ///< '\0': no quoting
    char newline = '\n';  ///< '\n': a CR before it belongs to the line end; '\r': lines end in CR alone
    bool has_header = true;
    index preamble_lines = 0;  ///< lines before the header (titles, export notes)
    index footnote_lines = 0;  ///< lines after the last row
    Encoding encoding = Encoding::Utf8;

    bool operator==(const CsvDialect&) const = default;
};

/// A dialect found in a file, and what could have been read otherwise.
struct DetectedDialect {
    CsvDialect dialect;
    std::vector<std::string> remarks;  ///< one sentence for each doubt, empty where there is none
};

/// Says how a file is written, by its first bytes (a MiB suffices). Footnotes are left to the reader, which meets them.
ASSAY_EXPORT DetectedDialect detect_dialect(std::string_view head);

}  // namespace assay::data
