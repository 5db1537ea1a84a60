#include "models/forest/key_sort.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace assay::models::detail {
namespace {

constexpr std::size_t few_keys = 24;      // are sorted by insertion
constexpr std::size_t spreadable = 4096;  // keys with places for each; their counts fit in the first cache
constexpr std::uint32_t crowd = 16;       // so many in one place are too many to be put in order by insertion

/// @param keys  with a zero before them
void insert_in_order(std::uint64_t* keys, std::size_t count) noexcept {
    for (std::size_t i = 1; i < count; ++i) {
        const std::uint64_t key = keys[i];
        std::uint64_t* to = keys + i;
        for (; to[-1] > key; --to) *to = to[-1];
        *to = key;
    }
}

std::uint32_t upper_half(std::uint64_t key) noexcept { return static_cast<std::uint32_t>(key >> 32); }

}  // namespace

std::uint64_t* KeySort::room(std::size_t count) {
    if (keys_.size() <= count) {
        keys_.resize(count + 1);
        other_.resize(count + 1);
    }
    return keys_.data() + 1;
}

std::span<const std::uint64_t> KeySort::sort(std::size_t count, std::uint32_t low, std::uint32_t high) {
    if (count <= few_keys) {
        insert_in_order(keys_.data() + 1, count);
    } else if (count > spreadable || !spread(count, low, high)) {
        for (unsigned shift = 0; (high - low) >> shift > 0; shift += 8) pass(count, low, shift);
    }
    return {keys_.data() + 1, count};
}

/// Puts each key into one of about as many places as there are keys, and in order there; false where too many would
/// have to share one.
bool KeySort::spread(std::size_t count, std::uint32_t low, std::uint32_t high) {
    const int wide = std::bit_width(high - low), places = static_cast<int>(std::bit_width(count));
    const int shift = std::max(0, wide - places);
    starts_.assign(((high - low) >> shift) + 1, 0);
    const std::uint64_t* const keys = keys_.data() + 1;
    for (std::size_t i = 0; i < count; ++i) ++starts_[(upper_half(keys[i]) - low) >> shift];
    std::uint32_t sum = 0, most = 0;
    for (std::uint32_t& start : starts_) {
        most = std::max(most, start);
        sum += std::exchange(start, sum);
    }
    if (shift > 0 && most > crowd) return false;
    std::uint64_t* const other = other_.data() + 1;
    for (std::size_t i = 0; i < count; ++i) other[starts_[(upper_half(keys[i]) - low) >> shift]++] = keys[i];
    keys_.swap(other_);
    if (shift > 0) insert_in_order(keys_.data() + 1, count);
    return true;
}

/// Sorts by eight bits of the codes less `low`; equal ones keep their order.
void KeySort::pass(std::size_t count, std::uint32_t low, unsigned shift) {
    starts_.assign(256, 0);
    const std::uint64_t* const keys = keys_.data() + 1;
    for (std::size_t i = 0; i < count; ++i) ++starts_[(upper_half(keys[i]) - low) >> shift & 255U];
    std::uint32_t sum = 0;
    for (std::uint32_t& start : starts_) sum += std::exchange(start, sum);
    std::uint64_t* const other = other_.data() + 1;
    for (std::size_t i = 0; i < count; ++i) other[starts_[(upper_half(keys[i]) - low) >> shift & 255U]++] = keys[i];
    keys_.swap(other_);
}

}  // namespace assay::models::detail
