#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/base/index.hpp"

namespace assay::features::detail {

static_assert(std::endian::native == std::endian::little, "the first bytes of a word are its low ones");

/// An id in a form that compares in one step: itself up to eight characters, a hash beyond.
struct IdKey {
    std::uint64_t word = 0;
    std::int32_t length = 0;

    /// @param readable  bytes that may be read from the id's first character on
    static IdKey of(std::string_view id, index readable) noexcept {
        IdKey key{0, static_cast<std::int32_t>(id.size())};
        if (id.size() > 8) {
            key.word = hash_of(id);
        } else if (!id.empty() && readable >= 8) {
            std::memcpy(&key.word, id.data(), 8);
            key.word &= ~std::uint64_t{0} >> (64 - 8 * id.size());
        } else if (!id.empty()) {
            std::memcpy(&key.word, id.data(), id.size());
        }
        return key;
    }

  private:
    static std::uint64_t hash_of(std::string_view text) noexcept {
        std::uint64_t hash = 0x9e3779b97f4a7c15ull ^ text.size();
        while (!text.empty()) {
            std::uint64_t word = 0;
            const std::size_t n = text.size() < 8 ? text.size() : 8;
            std::memcpy(&word, text.data(), n);
            hash = (hash ^ word) * 0xff51afd7ed558ccdull;
            hash ^= hash >> 32;
            text.remove_prefix(n);
        }
        return hash;
    }
};

/// Positions of ids in order of first appearance: open addressing.
class IdTable {
  public:
    IdTable() : slots_(64) {}

    const std::vector<std::string_view>& ids() const noexcept { return ids_; }
    std::vector<std::string_view> take_ids() noexcept { return std::move(ids_); }

    std::int32_t position_of(std::string_view id, const IdKey& key) {
        if (2 * ids_.size() >= slots_.size()) grow();
        std::size_t at = slot_of(key);
        while (slots_[at].end != 0) {
            const Slot& slot = slots_[at];
            if (slot.key.word == key.word && slot.key.length == key.length &&
                (key.length <= 8 || ids_[static_cast<std::size_t>(slot.end - 1)] == id)) {
                return slot.end - 1;
            }
            at = (at + 1) & (slots_.size() - 1);
        }
        ids_.push_back(id);
        slots_[at] = {key, static_cast<std::int32_t>(ids_.size())};
        return slots_[at].end - 1;
    }

  private:
    struct Slot {
        IdKey key;
        std::int32_t end = 0;  ///< position + 1, 0 where the slot is free
    };

    std::size_t slot_of(const IdKey& key) const noexcept {
        const std::uint64_t mixed = (key.word ^ (key.word >> 32)) * 0x9e3779b97f4a7c15ull;
        return static_cast<std::size_t>(mixed >> 32) & (slots_.size() - 1);
    }
    void grow() {
        std::vector<Slot> old(slots_.size() * 4);
        old.swap(slots_);
        for (const Slot& slot : old) {
            if (slot.end == 0) continue;
            std::size_t at = slot_of(slot.key);
            while (slots_[at].end != 0) at = (at + 1) & (slots_.size() - 1);
            slots_[at] = slot;
        }
    }

    std::vector<std::string_view> ids_;
    std::vector<Slot> slots_;
};

}  // namespace assay::features::detail
