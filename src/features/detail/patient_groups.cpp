#include "assay/features/detail/patient_groups.hpp"

#include <algorithm>
#include <cstring>

#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/id_table.hpp"

namespace assay::features::detail {
namespace {

constexpr index kLeastPart = 65536;  // rows
constexpr index kPartsPerThread = 4;
constexpr index kSample = 1024;  // rows that tell how many runs there will be

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

/// Part of the rows, grouped by itself; patients by their place in `table`.
struct Part {
    std::vector<index> heads;
    std::vector<std::int32_t> patients;
    IdTable table;

    void reserve(index runs) {
        heads.reserve(static_cast<std::size_t>(runs));
        patients.reserve(static_cast<std::size_t>(runs));
    }
};

/// The ids of a column as keys; an id beyond a word is compared with its neighbour before it is hashed.
class IdReader {
  public:
    explicit IdReader(const data::Array& ids)
        : offsets_(ids.buffers().offsets.as<std::int32_t>() + ids.offset()),
          bytes_(ids.buffers().values.as<char>()),
          end_(static_cast<std::int32_t>(ids.buffers().values.size())) {}

    std::string_view text(index row) const {
        return {bytes_ + offsets_[row], static_cast<std::size_t>(offsets_[row + 1] - offsets_[row])};
    }
    IdKey key(index row) const { return IdKey::of(text(row), end_ - offsets_[row]); }
    bool as_above(index row) const {
        const std::int32_t length = offsets_[row + 1] - offsets_[row];
        return length == offsets_[row] - offsets_[row - 1] &&
               same_bytes(bytes_ + offsets_[row], bytes_ + offsets_[row - 1], length, end_ - offsets_[row]);
    }

  private:
    const std::int32_t* offsets_;
    const char* bytes_;
    std::int32_t end_;
};

/// The runs that begin in [begin, end); a null never equals what stands before it or after it.
Part group_part(const data::Array& ids, index begin, index end) {
    const IdReader reader(ids);
    const bool nulls = ids.null_count() > 0;
    Part part;
    for (index row = begin; row < end; ++row) {
        if (row - begin == kSample) part.reserve((end - begin) / kSample * static_cast<index>(part.heads.size()));
        const bool null = nulls && ids.is_null(row);
        if (row > 0 && !null && reader.as_above(row) && !(nulls && ids.is_null(row - 1))) continue;
        part.heads.push_back(row);
        part.patients.push_back(null ? -1 : part.table.position_of(reader.text(row), reader.key(row)));
    }
    return part;
}

}  // namespace

PatientGroups group_by_patient(const data::Array& patient_id) {
    const index n = patient_id.size();
    // The cut does not show in the result, so that it may depend on the number of threads.
    const index rows = std::max(kLeastPart, n / (kPartsPerThread * num_threads()) + 1);
    std::vector<Part> parts(static_cast<std::size_t>((n + rows - 1) / rows));
    parallel_for(n, rows, [&](index begin, index end) {
        parts[static_cast<std::size_t>(begin / rows)] = group_part(patient_id, begin, end);
    });

    IdTable all;
    std::vector<std::vector<std::int32_t>> places(parts.size());
    std::vector<std::size_t> starts(parts.size() + 1, 0);
    for (std::size_t p = 0; p < parts.size(); ++p) {
        for (const std::string_view id : parts[p].table.ids()) {
            places[p].push_back(all.position_of(id, IdKey::of(id, 0)));
        }
        starts[p + 1] = starts[p] + parts[p].heads.size();
    }

    PatientGroups groups;
    groups.ids = all.take_ids();
    groups.begins.resize(starts.back() + 1);
    groups.patients.resize(starts.back());
    groups.begins.back() = n;
    parallel_for(static_cast<index>(parts.size()), 1, [&](index part, index) {
        const auto p = static_cast<std::size_t>(part);
        std::copy(parts[p].heads.begin(), parts[p].heads.end(), groups.begins.data() + starts[p]);
        std::transform(parts[p].patients.begin(), parts[p].patients.end(), groups.patients.data() + starts[p],
                       [&](std::int32_t local) { return local < 0 ? -1 : places[p][static_cast<std::size_t>(local)]; });
    });
    return groups;
}

}  // namespace assay::features::detail
