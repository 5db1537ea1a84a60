#include "models/forest/key_sort.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace assay::models::detail {
namespace {

/// Up to so many keys it is quicker to compare each with all others, without a branch, than to count digits.
constexpr std::size_t comparable_keys = 48;
constexpr std::size_t key_lanes = 8;  // keys are compared in whole groups of so many

std::uint32_t upper_half(std::uint64_t key) noexcept { return static_cast<std::uint32_t>(key >> 32); }

}  // namespace

std::uint64_t* KeySort::room(std::size_t count) {
    if (keys_.size() < count) {
        keys_.resize(count);
        other_.resize(count);
    }
    return keys_.data();
}

std::span<const std::uint64_t> KeySort::sort(std::size_t count, std::uint32_t low, std::uint32_t high) {
    if (count <= comparable_keys) {
        place(count);
        return {keys_.data(), count};
    }
    const int bits = std::bit_width(high - low), digits = bits > 8 ? 2 : 1;
    const int digit = digits == 2 ? (bits + 1) / 2 : bits;
    const std::uint32_t mask = (1U << digit) - 1;
    for (auto& starts : starts_) std::fill_n(starts.begin(), mask + 1, 0U);
    for (const std::uint64_t *key = keys_.data(), *end = key + count; key != end; ++key) {
        const std::uint32_t code = upper_half(*key) - low;
        ++starts_[0][code & mask];
        ++starts_[1][code >> digit & mask];
    }
    for (int i = 0; i < digits; ++i) {
        auto& starts = starts_[static_cast<std::size_t>(i)];
        std::uint32_t sum = 0;
        for (std::uint32_t d = 0; d <= mask; ++d) sum += std::exchange(starts[d], sum);
        const int shift = i * digit;
        std::uint64_t* const to = other_.data();
        for (const std::uint64_t *key = keys_.data(), *end = key + count; key != end; ++key)
            to[starts[(upper_half(*key) - low) >> shift & mask]++] = *key;
        keys_.swap(other_);
    }
    return {keys_.data(), count};
}

/// Puts each key where the number of lesser ones says.
void KeySort::place(std::size_t count) {
    // The code above the key's own place, so that no two are the same; signed, since only those are compared at once.
    alignas(32) std::array<std::int32_t, comparable_keys> ordered{};
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t unique = upper_half(keys_[i]) << 16 | static_cast<std::uint32_t>(i);
        ordered[i] = static_cast<std::int32_t>(unique ^ 0x80000000U);
    }
    for (std::size_t i = 0; i < count; i += key_lanes) {  // what lies behind the last key is compared and not used
        std::array<std::int32_t, key_lanes> own, lesser{};
        std::copy_n(ordered.data() + i, key_lanes, own.data());
        for (std::size_t j = 0; j < count; ++j) {
            for (std::size_t lane = 0; lane < key_lanes; ++lane) lesser[lane] += ordered[j] < own[lane] ? 1 : 0;
        }
        for (std::size_t lane = 0; lane < std::min(key_lanes, count - i); ++lane)
            other_[static_cast<std::size_t>(lesser[lane])] = keys_[i + lane];
    }
    keys_.swap(other_);
}

}  // namespace assay::models::detail
