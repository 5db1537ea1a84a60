#pragma once

#include "models/search/segment.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models::search {

/// Slots of segments by id.
class IdMap {
  public:
    IdMap(const std::vector<Segment>& segments, index rows_per_segment)
        : segments_(&segments), rows_(static_cast<std::uint32_t>(rows_per_segment)) {}

    /// The live row of that id.
    std::optional<std::uint32_t> find(std::int64_t id) const;
    /// That rows from this slot on were appended with these ids, which are not in the index.
    void append(std::uint32_t first_slot, std::span<const std::int64_t> ids);
    /// The least id from 0 above all that there were.
    std::int64_t next() const noexcept { return next_; }
    /// Whether there is none: the largest number was used.
    bool exhausted() const noexcept { return exhausted_; }
    /// That ids below this were given before.
    void raise_next(std::int64_t next) noexcept {
        if (next > next_) next_ = next;
    }
    index bytes() const noexcept { return static_cast<index>(table_.capacity() * sizeof(std::uint32_t)); }

  private:
    std::int64_t id_of(std::uint32_t slot) const noexcept {
        return (*segments_)[slot / rows_].id(static_cast<index>(slot % rows_));
    }
    bool live(std::uint32_t slot) const noexcept {
        return (*segments_)[slot / rows_].live(static_cast<index>(slot % rows_));
    }
    std::optional<std::uint32_t> find_ascending(std::int64_t id) const;
    void rebuild(std::uint32_t slots);
    void insert(std::uint32_t slot);

    const std::vector<Segment>* segments_;
    std::uint32_t rows_;
    std::uint32_t size_ = 0;  ///< slots, dead ones included
    std::int64_t next_ = 0;
    bool exhausted_ = false;
    bool ascending_ = true;               ///< ids grow with slots: no table is needed
    std::vector<std::uint32_t> table_{};  ///< open addressing; kEmpty or a slot
};

}  // namespace assay::models::search
