#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::data::detail {

__extension__ typedef unsigned __int128 uint128;

/// A positive number numerator / denominator · 2^twos · 5^fives, numerator and denominator prime to each other and to
/// ten.
///
/// Exact as long as both fit 128 bits, which every clinical unit does; beyond that, and for pi, its nearest long
/// double.
class Scale {
  public:
    Scale() = default;  // one

    /// @param text  decimal digits with at most one point and an exponent: "254e-2"
    static Scale decimal(std::string_view text);
    static Scale integer(std::uint64_t value);

    Scale operator*(const Scale& other) const;
    Scale operator/(const Scale& other) const;
    Scale power(int exponent) const;

    bool exact() const noexcept { return exact_; }
    long double value() const noexcept { return value_; }

    struct Ratio {
        double numerator;
        double denominator;
    };
    /// Numerator and denominator of the whole number, where doubles hold both exactly.
    std::optional<Ratio> ratio() const;

    /// Exact numbers only.
    bool operator==(const Scale& other) const noexcept;

  private:
    Scale inverse() const;
    void reduce();
    void approximate();

    uint128 numerator_ = 1;
    uint128 denominator_ = 1;
    int twos_ = 0;
    int fives_ = 0;
    bool exact_ = true;
    long double value_ = 1;
};

}  // namespace assay::data::detail
