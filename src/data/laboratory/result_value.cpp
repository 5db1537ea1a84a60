#include "assay/data/laboratory/result_value.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "assay/base/index.hpp"
#include "assay/base/number.hpp"

namespace assay::data {
namespace {

constexpr std::size_t kExactDigits = 15;

bool is_digit_char(char c) { return c >= '0' && c <= '9'; }

std::string_view without_ends(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

bool starts_with_word(std::string_view text, std::string_view lower_word) {
    if (text.size() < lower_word.size()) return false;
    for (std::size_t i = 0; i < lower_word.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower_word[i]) return false;
    }
    return true;
}

/// Takes the comparator off the front of `text`.
std::string_view take_comparator(std::string_view& text) {
    using ComparatorWord = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<ComparatorWord, 8> kSigns{
        ComparatorWord{"<=", "<="}, ComparatorWord{"=<", "<="}, ComparatorWord{"≤", "<="}, ComparatorWord{">=", ">="},
        ComparatorWord{"=>", ">="}, ComparatorWord{"≥", ">="},  ComparatorWord{"<", "<"},  ComparatorWord{">", ">"}};
    static constexpr std::array<ComparatorWord, 3> kWords{
        ComparatorWord{"less than ", "<"}, ComparatorWord{"greater than ", ">"}, ComparatorWord{"more than ", ">"}};
    for (const auto& [written, meant] : kSigns) {
        if (!text.starts_with(written)) continue;
        text = without_ends(text.substr(written.size()));
        return meant;
    }
    for (const auto& [written, meant] : kWords) {
        if (!starts_with_word(text, written)) continue;
        text = without_ends(text.substr(written.size()));
        return meant;
    }
    return {};
}

/// Significant digits; those of an exponent do not count.
std::size_t significant_digits(std::string_view number) {
    std::size_t digits = 0;
    for (const char c : number) {
        if (c == 'e' || c == 'E') break;
        if (is_digit_char(c) && (digits > 0 || c != '0')) ++digits;
    }
    return digits;
}

/// Up to fifteen digits with a point or without: the digits as a whole number over a power of ten are both exact, so
/// that their quotient is the nearest double. False where the text has another form.
bool read_short_number(std::string_view text, char decimal_point, double& out) {
    static constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    if (text.empty() || text.size() > 16) return false;
    std::uint64_t digits = 0;
    std::size_t count = 0;
    std::size_t decimals = 0;
    bool point = false;
    for (const char c : text) {
        if (c == decimal_point && !point) {
            point = true;
            continue;
        }
        if (!is_digit_char(c)) return false;
        digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
        decimals += point ? 1 : 0;
        ++count;
    }
    if (count == 0 || count > kExactDigits || (point && decimals == 0)) return false;
    out = static_cast<double>(digits) / kPowers[decimals];
    return true;
}

std::optional<double> read_number(std::string_view text, char decimal_point) {
    if (double number = 0; read_short_number(text, decimal_point, number)) return number;
    if (text.empty() || text.front() == '+') return std::nullopt;  // "+1" is a grade, as of a test strip
    if (decimal_point == '.') return assay::parse_number(text);
    constexpr std::size_t kLongest = 64;
    if (text.size() > kLongest || text.find('.') != std::string_view::npos) return std::nullopt;
    std::array<char, kLongest> copy{};
    for (std::size_t i = 0; i < text.size(); ++i) copy[i] = text[i] == decimal_point ? '.' : text[i];
    return assay::parse_number({copy.data(), text.size()});
}

}  // namespace

ReportedValue parse_result_value(std::string_view written, char decimal_point) noexcept {
    written = without_ends(written);
    ReportedValue out;
    if (written.empty()) return out;
    std::string_view rest = written;
    if (const char c = written.front(); !is_digit_char(c) && c != '-' && c != '.')
        out.comparator = take_comparator(rest);
    out.number = read_number(rest, decimal_point);
    if (!out.number) {
        out.comparator = {};
        out.text = written;
    } else if (rest.size() > kExactDigits && significant_digits(rest) > kExactDigits) {
        out.text = written;
    }
    return out;
}

}  // namespace assay::data
