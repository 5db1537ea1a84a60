#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::tracking::detail {

/// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, as Unicode 15 §3.9 recommends: one for each
/// maximal part of a sequence. Cost: one pass; a copy where nothing needs an escape.
void append_json_string(std::string& out, std::string_view text);

void append_json_integer(std::string& out, std::int64_t value);

/// The shortest text that reads back as `value`, with ".0" where it looks like an integer; "NaN", "Infinity" and
/// "-Infinity" as strings.
void append_json_number(std::string& out, double value);

}  // namespace assay::tracking::detail
