#pragma once

#include <string_view>

#include "data/csv/structure.hpp"

namespace assay::data::csv {

/// Trailing lines that may be footnotes; a reader holds back that many before it knows the end.
inline constexpr index kMaxFootnotes = 16;
/// Detected footnotes lie within the last bytes of a file.
inline constexpr index kFootnoteBytes = index{16} << 10;

/// Where the footnotes at the end of a file begin (its size: there are none).
///
/// They are the lines after the last one that holds a delimiter, if they read like notes: after a blank line, or
/// beginning with one of #*-=( or a letter and made of several words. A single word is taken for a row cut short.
index find_footnotes(std::string_view tail, const Marks& marks, index num_fields);

/// Where the last `lines` lines begin.
index start_of_last_lines(std::string_view tail, const Marks& marks, index lines);

}  // namespace assay::data::csv
