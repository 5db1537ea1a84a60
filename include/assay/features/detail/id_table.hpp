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

/// The first and the last eight characters of an id, which overlap in between: the whole of it up to sixteen.
struct IdKey {
    static constexpr std::int32_t kWhole = 16;

    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::int32_t length = 0;

    /// @param readable  bytes that may be read from the id's first character on
    static IdKey of(std::string_view id, index readable) noexcept {
        IdKey key{0, 0, static_cast<std::int32_t>(id.size())};
        if (id.size() >= 8) {
            std::memcpy(&key.first, id.data(), 8);
            std::memcpy(&key.last, id.data() + id.size() - 8, 8);
        } else if (!id.empty() && readable >= 8) {
            std::memcpy(&key.first, id.data(), 8);
            key.first &= ~std::uint64_t{0} >> (64 - 8 * id.size());
        } else if (!id.empty()) {
            std::memcpy(&key.first, id.data(), id.size());
        }
        return key;
    }
    bool operator==(const IdKey& other) const noexcept {
        return first == other.first && last == other.last && length == other.length;
    }
};

/// Positions of ids in order of first appearance: open addressing.
class IdTable {
  public:
    IdTable() : slots_(64) {}

    const std::vector<std::string_view>& ids() const noexcept { return ids_; }
    std::vector<std::string_view> take_ids() noexcept { return std::move(ids_); }

    /// @param near  a position, or -1: the id is looked for there and one beyond before it is looked up
    std::int32_t position_of(std::string_view id, const IdKey& key, std::int32_t near) {
        const auto next = static_cast<std::size_t>(near + 1);
        if (next < ids_.size() && is_at(next, id, key)) return near + 1;
        if (near >= 0 && is_at(next - 1, id, key)) return near;
        return look_up(id, key);
    }

  private:
    struct Slot {
        std::uint32_t hash = 0;
        std::int32_t end = 0;  ///< position + 1, 0 where the slot is free
    };

    bool is_at(std::size_t position, std::string_view id, const IdKey& key) const noexcept {
        return keys_[position] == key && (key.length <= IdKey::kWhole || ids_[position] == id);
    }
    std::int32_t look_up(std::string_view id, const IdKey& key) {
        if (2 * ids_.size() >= slots_.size()) grow();
        const std::uint32_t hash = hash_of(id, key);
        std::size_t at = hash & (slots_.size() - 1);
        for (; slots_[at].end != 0; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at].hash == hash && is_at(static_cast<std::size_t>(slots_[at].end - 1), id, key)) {
                return slots_[at].end - 1;
            }
        }
        ids_.push_back(id);
        keys_.push_back(key);
        slots_[at] = {hash, static_cast<std::int32_t>(ids_.size())};
        return slots_[at].end - 1;
    }
    static std::uint64_t mixed(std::uint64_t hash) noexcept {
        hash *= 0xff51afd7ed558ccdull;
        return hash ^ (hash >> 32);
    }
    static std::uint32_t hash_of(std::string_view id, const IdKey& key) noexcept {
        std::uint64_t hash =
            mixed(key.first ^ 0x9e3779b97f4a7c15ull) ^ key.last ^ static_cast<std::uint64_t>(key.length);
        for (std::size_t at = 8; at + 8 < id.size(); at += 8) {
            std::uint64_t word;
            std::memcpy(&word, id.data() + at, 8);
            hash = mixed(hash) ^ word;
        }
        return static_cast<std::uint32_t>(mixed(hash));
    }
    void grow() {
        std::vector<Slot> old(slots_.size() * 4);
        old.swap(slots_);
        for (const Slot& slot : old) {
            if (slot.end == 0) continue;
            std::size_t at = slot.hash & (slots_.size() - 1);
            while (slots_[at].end != 0) at = (at + 1) & (slots_.size() - 1);
            slots_[at] = slot;
        }
    }

    std::vector<std::string_view> ids_;
    std::vector<IdKey> keys_;
    std::vector<Slot> slots_;
};

}  // namespace assay::features::detail
