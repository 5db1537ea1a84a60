#include "data/units/scale.hpp"

#include <charconv>
#include <cmath>
#include <string>

#include "assay/base/error.hpp"

namespace assay::data::detail {
namespace {

constexpr int kDoubleBits = 53;

uint128 greatest_common_divisor(uint128 a, uint128 b) {
    while (b != 0) {
        const uint128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

bool times(uint128 a, uint128 b, uint128& product) { return !__builtin_mul_overflow(a, b, &product); }

/// How often `divisor` divides `number`, which is divided by it.
int take_out(uint128& number, unsigned divisor) {
    int count = 0;
    while (number % divisor == 0) {
        number /= divisor;
        ++count;
    }
    return count;
}

/// odd · 2^twos · 5^fives as a double, where that is exact.
std::optional<double> exact_double(uint128 odd, int twos, int fives) {
    for (int i = 0; i < fives; ++i) {
        if (!times(odd, 5, odd)) return std::nullopt;
    }
    if (odd >> kDoubleBits != 0 || twos > 900) return std::nullopt;
    return std::ldexp(static_cast<double>(static_cast<std::uint64_t>(odd)), twos);
}

}  // namespace

Scale Scale::integer(std::uint64_t value) {
    Scale scale;
    scale.numerator_ = value;
    scale.reduce();
    return scale;
}

Scale Scale::decimal(std::string_view text) {
    const std::size_t e = text.find('e');
    const std::string_view mantissa = text.substr(0, e);
    int exponent = 0;
    if (e != std::string_view::npos) std::from_chars(text.data() + e + 1, text.data() + text.size(), exponent);
    Scale scale;
    uint128 digits = 0;
    bool after_point = false;
    for (const char c : mantissa) {
        if (c == '.') {
            after_point = true;
            continue;
        }
        if (!times(digits, 10, digits) || __builtin_add_overflow(digits, static_cast<uint128>(c - '0'), &digits)) {
            scale.exact_ = false;  // pi to 64 digits
            scale.value_ = std::stold(std::string(text));
            return scale;
        }
        exponent -= after_point ? 1 : 0;
    }
    scale.numerator_ = digits;
    scale.twos_ = scale.fives_ = exponent;
    scale.reduce();
    return scale;
}

void Scale::reduce() {
    if (numerator_ == 0) throw ValueError("unit: expected a factor above zero, got 0");
    twos_ += take_out(numerator_, 2) - take_out(denominator_, 2);
    fives_ += take_out(numerator_, 5) - take_out(denominator_, 5);
    const uint128 common = greatest_common_divisor(numerator_, denominator_);
    numerator_ /= common;
    denominator_ /= common;
    approximate();
}

void Scale::approximate() {
    // Powers of ten together: 10^-3 is nearer to its value than 2^-3 · 5^-3 is after two roundings.
    value_ = static_cast<long double>(numerator_) / static_cast<long double>(denominator_);
    const long double fives = std::pow(5.0L, static_cast<long double>(std::abs(fives_)));
    value_ = fives_ < 0 ? value_ / fives : value_ * fives;
    value_ = std::ldexp(value_, twos_);
}

Scale Scale::operator*(const Scale& other) const {
    Scale product;
    product.exact_ = false;
    product.value_ = value_ * other.value_;
    if (!exact_ || !other.exact_) return product;
    const uint128 left = greatest_common_divisor(numerator_, other.denominator_);
    const uint128 right = greatest_common_divisor(other.numerator_, denominator_);
    uint128 numerator = 0;
    uint128 denominator = 0;
    if (!times(numerator_ / left, other.numerator_ / right, numerator) ||
        !times(denominator_ / right, other.denominator_ / left, denominator)) {
        return product;
    }
    product.exact_ = true;
    product.numerator_ = numerator;
    product.denominator_ = denominator;
    product.twos_ = twos_ + other.twos_;
    product.fives_ = fives_ + other.fives_;
    product.approximate();
    return product;
}

Scale Scale::inverse() const {
    Scale inverse = *this;
    std::swap(inverse.numerator_, inverse.denominator_);
    inverse.twos_ = -twos_;
    inverse.fives_ = -fives_;
    if (exact_) {
        inverse.approximate();
    } else {
        inverse.value_ = 1 / value_;
    }
    return inverse;
}

Scale Scale::operator/(const Scale& other) const { return *this * other.inverse(); }

Scale Scale::power(int exponent) const {
    const Scale base = exponent < 0 ? inverse() : *this;
    Scale result;
    for (int i = 0; i < std::abs(exponent); ++i) result = result * base;
    return result;
}

std::optional<Scale::Ratio> Scale::ratio() const {
    if (!exact_) return std::nullopt;
    const auto above = exact_double(numerator_, std::max(twos_, 0), std::max(fives_, 0));
    const auto below = exact_double(denominator_, std::max(-twos_, 0), std::max(-fives_, 0));
    if (!above || !below) return std::nullopt;
    return Ratio{*above, *below};
}

bool Scale::operator==(const Scale& other) const noexcept {
    return exact_ && other.exact_ && numerator_ == other.numerator_ && denominator_ == other.denominator_ &&
           twos_ == other.twos_ && fives_ == other.fives_;
}

}  // namespace assay::data::detail
