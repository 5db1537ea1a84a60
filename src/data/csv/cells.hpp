#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/csv/inference.hpp"
#include "data/csv/null_texts.hpp"

// Single fields, the general way. The loops of column_parser.cpp handle the usual forms and come here for the rest.
namespace assay::data::csv {

enum class CellState : std::uint8_t { Value, Null, Bad };

/// A field without its quotes.
struct Cell {
    std::string_view text;
    bool quoted = false;
    bool escaped = false;  ///< doubled quotes inside
};

/// @param field  as it stands between two delimiters
inline Cell open_cell(std::string_view field, char quote) noexcept {
    if (quote == '\0' || field.size() < 2 || field.front() != quote) return {field, false, false};
    const std::string_view inner = field.substr(1, field.size() - 2);
    return {inner, true, inner.find(quote) != std::string_view::npos};
}

/// Writes the text with doubled quotes made single; returns the end. Needs text.size() bytes.
char* unescape(std::string_view text, char quote, char* out) noexcept;

std::string_view trim_blanks(std::string_view text) noexcept;

/// Reads a value of the type's C++ representation (int32 days, int64 microseconds, bool as 0/1 byte, ...).
/// @param strict  as inferred: no leading zeros, no inf or nan, no number that would lose digits
template <class T>
CellState read_cell(const Cell& cell, Type type, const NullTexts& nulls, bool strict, T& value);

}  // namespace assay::data::csv
