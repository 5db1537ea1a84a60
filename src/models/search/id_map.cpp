#include "models/search/id_map.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace assay::models::search {
namespace {

constexpr std::uint32_t kEmptySlot = std::numeric_limits<std::uint32_t>::max();

/// Source: Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number Generators (the finaliser of SplitMix64).
std::uint64_t mixed(std::int64_t id) noexcept {
    auto z = static_cast<std::uint64_t>(id) + 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

}  // namespace

std::optional<std::uint32_t> IdMap::find(std::int64_t id) const {
    if (ascending_) return find_ascending(id);
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = mixed(id) & mask; table_[at] != kEmptySlot; at = (at + 1) & mask) {
        if (id_of(table_[at]) == id && live(table_[at])) return table_[at];
    }
    return std::nullopt;
}

std::optional<std::uint32_t> IdMap::find_ascending(std::int64_t id) const {
    std::uint32_t low = 0, high = size_;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (id_of(middle) < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == size_ || id_of(low) != id || !live(low)) return std::nullopt;
    return low;
}

void IdMap::append(std::uint32_t first_slot, std::span<const std::int64_t> ids) {
    for (const std::int64_t id : ids) {
        if (exhausted_ || id < next_) {
            ascending_ = false;
        } else {
            exhausted_ = id == std::numeric_limits<std::int64_t>::max();
            next_ = exhausted_ ? id : id + 1;
        }
    }
    size_ += static_cast<std::uint32_t>(ids.size());
    if (ascending_) return;
    if (table_.size() < 2 * static_cast<std::size_t>(size_)) {
        rebuild(size_);
    } else {
        for (std::uint32_t slot = first_slot; slot < size_; ++slot) insert(slot);
    }
}

void IdMap::rebuild(std::uint32_t slots) {
    table_.assign(std::bit_ceil(2 * static_cast<std::size_t>(slots) + 16), kEmptySlot);
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
        if (live(slot)) insert(slot);
    }
}

void IdMap::insert(std::uint32_t slot) {
    const std::size_t mask = table_.size() - 1;
    std::size_t at = mixed(id_of(slot)) & mask;
    while (table_[at] != kEmptySlot) at = (at + 1) & mask;
    table_[at] = slot;
}

}  // namespace assay::models::search
