#include "assay/features/detail/patient_groups.hpp"

#include <bit>
#include <cstring>

#include "assay/base/thread_pool.hpp"

namespace assay::features::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "the first bytes of a word are its low ones");

constexpr index kBlock = 65536;

/// Whether two texts of one length are equal. Ids are mostly up to 16 bytes, for which a call would cost more.
/// @param readable  bytes that may be read from the later of the two on
inline bool same_bytes(const char* a, const char* b, std::int32_t length, std::int32_t readable) noexcept {
    const auto difference = [&](std::int32_t at) {
        std::uint64_t left, right;
        std::memcpy(&left, a + at, 8);
        std::memcpy(&right, b + at, 8);
        return left ^ right;
    };
    if (length >= 8 && length <= 16) return (difference(0) | difference(length - 8)) == 0;
    if (length > 0 && length < 8 && readable >= 8) return difference(0) << (64 - 8 * length) == 0;
    return length == 0 || std::memcmp(a, b, static_cast<std::size_t>(length)) == 0;  // no characters, no pointer
}

/// First rows of the runs that begin in [begin, end); a null never equals what stands before it or after it.
void find_heads(const data::Array& ids, index begin, index end, std::vector<index>& heads) {
    const auto* offsets = ids.buffers().offsets.as<std::int32_t>() + ids.offset();
    const char* bytes = ids.buffers().values.as<char>();
    const auto readable = static_cast<std::int32_t>(ids.buffers().values.size());
    const bool nulls = ids.null_count() > 0;
    for (index i = begin; i < end; ++i) {
        if (i > 0) {
            const std::int32_t length = offsets[i + 1] - offsets[i];
            const bool same = length == offsets[i] - offsets[i - 1] &&
                              same_bytes(bytes + offsets[i], bytes + offsets[i - 1], length, readable - offsets[i]);
            if (same && (!nulls || (ids.is_valid(i) && ids.is_valid(i - 1)))) continue;
        }
        heads.push_back(i);
    }
}

std::uint64_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = 0x9e3779b97f4a7c15ull ^ text.size();
    while (!text.empty()) {
        std::uint64_t word = 0;
        const std::size_t n = text.size() < 8 ? text.size() : 8;
        std::memcpy(&word, text.data(), n);
        hash = (hash ^ word) * 0xff51afd7ed558ccdull;
        hash ^= hash >> 32;
        text.remove_prefix(n);
    }
    return hash * 0xc4ceb9fe1a85ec53ull;
}

/// Open addressing over ids; the table holds positions + 1.
class IdTable {
  public:
    explicit IdTable(std::vector<std::string_view>& ids) : ids_(ids), slots_(64, 0) {}

    std::int32_t position_of(std::string_view id) {
        if (2 * ids_.size() >= slots_.size()) grow();
        std::size_t at = slot_of(id);
        while (slots_[at] != 0) {
            if (ids_[static_cast<std::size_t>(slots_[at] - 1)] == id) return slots_[at] - 1;
            at = (at + 1) & (slots_.size() - 1);
        }
        ids_.push_back(id);
        return (slots_[at] = static_cast<std::int32_t>(ids_.size())) - 1;
    }

  private:
    std::size_t slot_of(std::string_view id) const noexcept {
        return static_cast<std::size_t>(hash_of(id) >> 32) & (slots_.size() - 1);
    }
    void grow() {
        slots_.assign(slots_.size() * 4, 0);
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            std::size_t at = slot_of(ids_[i]);
            while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
            slots_[at] = static_cast<std::int32_t>(i + 1);
        }
    }

    std::vector<std::string_view>& ids_;
    std::vector<std::int32_t> slots_;
};

}  // namespace

PatientGroups group_by_patient(const data::Array& patient_id) {
    const index n = patient_id.size();
    std::vector<std::vector<index>> heads(static_cast<std::size_t>((n + kBlock - 1) / kBlock));
    parallel_for(n, kBlock, [&](index begin, index end) {
        find_heads(patient_id, begin, end, heads[static_cast<std::size_t>(begin / kBlock)]);
    });
    PatientGroups groups;
    IdTable table(groups.ids);
    for (const auto& block : heads) {
        for (const index head : block) {
            if (!groups.runs.empty()) groups.runs.back().end = head;
            const bool known = patient_id.is_valid(head);
            groups.runs.push_back({head, n, known ? table.position_of(patient_id.text(head)) : -1});
        }
    }
    return groups;
}

}  // namespace assay::features::detail
