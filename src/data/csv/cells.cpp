#include "data/csv/cells.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "assay/base/date.hpp"
#include "assay/base/time.hpp"
#include "data/csv/numbers.hpp"

namespace assay::data::csv {
namespace {

constexpr std::int64_t kExactInteger = std::int64_t{1} << 53;

bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != lower[i]) return false;
    }
    return true;
}

bool has_letter_but_exponent(std::string_view text) noexcept {
    for (const char c : text) {
        if (((c | 32) >= 'a' && (c | 32) <= 'z') && c != 'e' && c != 'E') return true;
    }
    return false;
}

bool is_plain_integer(std::string_view text) noexcept {
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    if (text.empty()) return false;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
    }
    return true;
}

bool read(std::string_view text, Type, bool strict, double& value) {
    if (strict) {
        if (has_leading_zero(text) || has_letter_but_exponent(text)) return false;
        std::int64_t whole = 0;
        if (is_plain_integer(text)) {
            if (!parse_whole(text, whole) || whole > kExactInteger || whole < -kExactInteger) return false;
        }
    }
    return parse_float64(text, value);
}

bool read(std::string_view text, Type, bool strict, float& value) {
    return !(strict && has_leading_zero(text)) && parse_whole(text, value);
}

/// Whole numbers, also written with a fraction of zeros as spreadsheets and data frames do (28477280.0).
template <class Int>
bool read_integer(std::string_view text, bool strict, Int& value) {
    if (strict && has_leading_zero(text)) return false;
    if (parse_whole(text, value)) return true;
    const auto point = text.find('.');
    if (strict || point == std::string_view::npos || point + 1 == text.size()) return false;
    return text.find_first_not_of('0', point + 1) == std::string_view::npos &&
           is_plain_integer(text.substr(0, point)) && parse_whole(text.substr(0, point), value);
}

bool read(std::string_view text, Type type, bool strict, std::int64_t& value) {
    if (type != Type::Timestamp) return read_integer(text, strict, value);
    const auto time = parse_timestamp(text);
    if (time) value = time->micros();
    return time.has_value();
}

bool read(std::string_view text, Type type, bool strict, std::int32_t& value) {
    if (type != Type::Date32) return read_integer(text, strict, value);
    std::optional<Date> day = parse_date(text);
    if (!day && !strict) {
        const auto time = parse_timestamp(text);
        if (time && time->micros() % Timestamp::micros_per_day == 0) day = time->date();
    }
    if (day) value = day->days();
    return day.has_value();
}

bool read(std::string_view text, Type, bool strict, std::uint8_t& value) {
    const auto is = [&](std::string_view a) { return equals_ignoring_case(text, a); };
    if (is("true") || (!strict && (is("t") || is("yes") || is("y") || text == "1"))) {
        value = 1;
        return true;
    }
    value = 0;
    return is("false") || (!strict && (is("f") || is("no") || is("n") || text == "0"));
}

}  // namespace

char* unescape(std::string_view text, char quote, char* out) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        *out++ = text[i];
        if (text[i] == quote) ++i;
    }
    return out;
}

std::string_view trim_blanks(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

template <class T>
CellState read_cell(const Cell& cell, Type type, const NullTexts& nulls, bool strict, T& value) {
    std::string_view text = cell.text;
    if (read(text, type, strict, value) && !nulls.contains(text)) return CellState::Value;
    text = trim_blanks(text);
    if (nulls.contains(text) || (cell.quoted && text.empty())) return CellState::Null;
    return text.size() != cell.text.size() && read(text, type, strict, value) ? CellState::Value : CellState::Bad;
}

template CellState read_cell(const Cell&, Type, const NullTexts&, bool, double&);
template CellState read_cell(const Cell&, Type, const NullTexts&, bool, float&);
template CellState read_cell(const Cell&, Type, const NullTexts&, bool, std::int64_t&);
template CellState read_cell(const Cell&, Type, const NullTexts&, bool, std::int32_t&);
template CellState read_cell(const Cell&, Type, const NullTexts&, bool, std::uint8_t&);

unsigned classify(std::string_view text, bool quoted, const NullTexts& nulls) {
    if (text.empty() && (quoted || nulls.contains(text))) return 0;
    const std::string_view inner = trim_blanks(text);
    if (nulls.contains(inner)) return 0;
    if (inner.empty()) return seen::kText;
    std::uint8_t flag = 0;
    std::int64_t whole = 0;
    double number = 0;
    if (is_plain_integer(inner)) {
        if (has_leading_zero(inner) || !parse_whole(inner, whole)) return seen::kText;
        return whole <= kExactInteger && whole >= -kExactInteger ? seen::kInteger : seen::kLongInteger;
    }
    if (read(inner, Type::Float64, true, number)) return seen::kFloat;
    if (read(inner, Type::Bool, true, flag)) return seen::kBool;
    if (parse_date(inner)) return seen::kDate;
    return parse_timestamp(inner) ? seen::kTimestamp : seen::kText;
}

Type type_for(unsigned set) {
    if (set == seen::kBool) return Type::Bool;
    if (set != 0 && (set & ~(seen::kInteger | seen::kLongInteger)) == 0) return Type::Int64;
    if (set == seen::kFloat || set == (seen::kFloat | seen::kInteger)) return Type::Float64;
    if (set == seen::kDate) return Type::Date32;
    return set == seen::kTimestamp ? Type::Timestamp : Type::Utf8;
}

}  // namespace assay::data::csv
