#include "features/drift/radix_sort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

namespace assay::features::detail {
namespace {

constexpr int kBits = 11;
constexpr int kPasses = 6;
constexpr std::size_t kBuckets = std::size_t{1} << kBits;
constexpr std::size_t kFew = 256;  // below, a comparison sort is faster

/// Numbers whose order as unsigned integers is that of the doubles.
std::uint64_t key_of(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    return bits ^ ((bits >> 63) != 0 ? ~std::uint64_t{0} : std::uint64_t{1} << 63);
}

double value_of(std::uint64_t key) {
    return std::bit_cast<double>(key ^ ((key >> 63) != 0 ? std::uint64_t{1} << 63 : ~std::uint64_t{0}));
}

std::size_t digit_of(std::uint64_t key, int pass) { return (key >> (pass * kBits)) & (kBuckets - 1); }

}  // namespace

void radix_sort(std::vector<double>& values) {
    if (values.size() < kFew) {
        std::sort(values.begin(), values.end());
        return;
    }
    std::vector<std::uint64_t> keys(values.size());
    std::vector<std::array<std::size_t, kBuckets>> counts(kPasses);
    for (std::size_t i = 0; i < values.size(); ++i) {
        keys[i] = key_of(values[i]);
        for (int pass = 0; pass < kPasses; ++pass) ++counts[static_cast<std::size_t>(pass)][digit_of(keys[i], pass)];
    }
    std::vector<std::uint64_t> sorted(values.size());
    for (int pass = 0; pass < kPasses; ++pass) {
        auto& places = counts[static_cast<std::size_t>(pass)];
        if (places[digit_of(keys[0], pass)] == keys.size()) continue;
        std::size_t next = 0;
        for (std::size_t& place : places) next += std::exchange(place, next);
        for (const std::uint64_t key : keys) sorted[places[digit_of(key, pass)]++] = key;
        keys.swap(sorted);
    }
    std::transform(keys.begin(), keys.end(), values.begin(), value_of);
}

}  // namespace assay::features::detail
