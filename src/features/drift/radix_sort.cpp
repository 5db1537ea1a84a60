#include "features/drift/radix_sort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>

namespace assay::features::detail {
namespace {

constexpr int kBits = 8;
constexpr int kPasses = 8;
constexpr std::size_t kBuckets = std::size_t{1} << kBits;
constexpr std::size_t kFew = 256;  // below, a comparison sort is faster

/// A number whose order as an unsigned integer is that of the doubles.
std::uint64_t key_of(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    return bits ^ ((bits >> 63) != 0 ? ~std::uint64_t{0} : std::uint64_t{1} << 63);
}

std::size_t digit_of(std::uint64_t key, int pass) { return (key >> (pass * kBits)) & (kBuckets - 1); }

}  // namespace

void radix_sort(data::MutableBuffer& doubles) {
    const std::size_t n = static_cast<std::size_t>(doubles.size()) / sizeof(double);
    if (n < kFew) {
        std::sort(doubles.as<double>(), doubles.as<double>() + n);
        return;
    }
    std::array<std::array<std::size_t, kBuckets>, kPasses> counts{};
    for (const double value : std::span(doubles.as<double>(), n)) {
        const std::uint64_t key = key_of(value);
        for (int pass = 0; pass < kPasses; ++pass) ++counts[static_cast<std::size_t>(pass)][digit_of(key, pass)];
    }
    data::MutableBuffer scratch(doubles.size());
    for (int pass = 0; pass < kPasses; ++pass) {
        auto& places = counts[static_cast<std::size_t>(pass)];
        const std::span<const double> from(doubles.as<double>(), n);
        if (places[digit_of(key_of(from[0]), pass)] == n) continue;
        std::size_t next = 0;
        for (std::size_t& place : places) next += std::exchange(place, next);
        double* to = scratch.as<double>();
        for (const double value : from) to[places[digit_of(key_of(value), pass)]++] = value;
        std::swap(doubles, scratch);
    }
}

}  // namespace assay::features::detail
