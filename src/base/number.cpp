#include "assay/base/number.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace assay {

char* write_number(char* out, double value) noexcept {
    const double size = std::abs(value);
    const bool plain = size == 0 || (size >= 1e-5 && size < 1e16);
    return plain ? std::to_chars(out, out + number_chars, value, std::chars_format::fixed).ptr
                 : std::to_chars(out, out + number_chars, value).ptr;
}

std::string to_text(double value) {
    std::array<char, number_chars> text{};
    return {text.data(), write_number(text.data(), value)};
}

std::optional<double> parse_number(std::string_view text) noexcept {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return std::nullopt;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        // Too small for a double is 0 to any reader; too large is not a number we can hold.
        const auto exponent = text.find_first_of("eE");
        const bool small = exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-');
        if (!small || end != text.data() + text.size()) return std::nullopt;
        return text.starts_with('-') ? -0.0 : 0.0;
    }
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

}  // namespace assay
