#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "assay/base/index.hpp"

namespace assay::data::hl7 {

/// All bits of a key in all bits of the hash. Source: MurmurHash3's finaliser (Appleby, public domain).
inline std::uint64_t hash_of(std::uint64_t key) noexcept {
    key = (key ^ key >> 33) * 0xff51afd7ed558ccdull;
    key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53ull;
    return key ^ key >> 33;
}

/// Finds positions by a hash of what stands there; the caller keeps the keys and compares them.
///
/// Open addressing, at most half full. Positions below 2^32 - 1.
class HashIndex {
  public:
    HashIndex() : slots_(64) {}

    /// The position with that hash for which `is_at(position)` holds, or -1.
    template <class IsAt>
    index find(std::uint64_t hash, IsAt is_at) const {
        const auto low = static_cast<std::uint32_t>(hash);
        for (std::size_t at = low & mask(); slots_[at].end != 0; at = (at + 1) & mask()) {
            if (slots_[at].hash == low && is_at(index{slots_[at].end} - 1)) return index{slots_[at].end} - 1;
        }
        return -1;
    }

    /// That what stands at `position`, and nowhere else, has that hash.
    void add(std::uint64_t hash, index position) {
        if (2 * ++used_ > slots_.size()) grow();
        put({static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(position + 1)});
    }

  private:
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t end = 0;  ///< position + 1; 0 where the slot is free
    };

    std::size_t mask() const noexcept { return slots_.size() - 1; }
    void put(Slot slot) {
        std::size_t at = slot.hash & mask();
        while (slots_[at].end != 0) at = (at + 1) & mask();
        slots_[at] = slot;
    }
    void grow() {
        const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 4));
        for (const Slot& slot : old) {
            if (slot.end != 0) put(slot);
        }
    }

    std::vector<Slot> slots_;
    std::size_t used_ = 0;
};

}  // namespace assay::data::hl7
