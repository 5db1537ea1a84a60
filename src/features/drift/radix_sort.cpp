#include "features/drift/radix_sort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>

namespace assay::features::detail {
namespace {

constexpr int kBits = 11;
constexpr int kPasses = 6;  // of 66 bits
constexpr std::size_t kBuckets = std::size_t{1} << kBits;
constexpr std::size_t kFew = 1024;  // below, a comparison sort is faster

/// A number whose order as an unsigned integer is that of the doubles.
std::uint64_t key_of(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto negative = static_cast<std::uint64_t>(-static_cast<std::int64_t>(bits >> 63));
    return bits ^ (negative | std::uint64_t{1} << 63);
}

double value_of(std::uint64_t key) {
    const auto positive = static_cast<std::uint64_t>(-static_cast<std::int64_t>(key >> 63));
    return std::bit_cast<double>(key ^ (~positive | std::uint64_t{1} << 63));
}

std::size_t digit_of(std::uint64_t key, int pass) { return (key >> (pass * kBits)) & (kBuckets - 1); }

using Counts = std::array<std::array<std::uint32_t, kBuckets>, kPasses>;

/// Keys in place of the values, and how often each digit occurs.
void to_keys(double* values, std::uint64_t* keys, std::size_t n, Counts& counts) {
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t key = key_of(values[i]);
        keys[i] = key;
        for (int pass = 0; pass < kPasses; ++pass) ++counts[static_cast<std::size_t>(pass)][digit_of(key, pass)];
    }
}

}  // namespace

void radix_sort(data::MutableBuffer& doubles) {
    const std::size_t n = static_cast<std::size_t>(doubles.size()) / sizeof(double);
    if (n < kFew || n > UINT32_MAX) {
        std::sort(doubles.as<double>(), doubles.as<double>() + n);
        return;
    }
    data::MutableBuffer scratch(doubles.size());
    Counts counts{};
    to_keys(doubles.as<double>(), scratch.as<std::uint64_t>(), n, counts);
    std::swap(doubles, scratch);
    for (int pass = 0; pass < kPasses; ++pass) {
        auto& places = counts[static_cast<std::size_t>(pass)];
        const std::span<const std::uint64_t> from(doubles.as<std::uint64_t>(), n);
        if (places[digit_of(from[0], pass)] == n) continue;  // all have this digit
        std::uint32_t next = 0;
        for (std::uint32_t& place : places) next += std::exchange(place, next);
        std::uint64_t* to = scratch.as<std::uint64_t>();
        for (const std::uint64_t key : from) to[places[digit_of(key, pass)]++] = key;
        std::swap(doubles, scratch);
    }
    const std::uint64_t* keys = doubles.as<std::uint64_t>();
    double* values = scratch.as<double>();
    for (std::size_t i = 0; i < n; ++i) values[i] = value_of(keys[i]);
    std::swap(doubles, scratch);
}

}  // namespace assay::features::detail
