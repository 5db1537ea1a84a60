#include "assay/features/detail/patient_groups.hpp"

#include <algorithm>
#include <cstring>

#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/id_table.hpp"

namespace assay::features::detail {
namespace {

constexpr index kSample = 1024;   // rows of a stretch that tells how long runs are
constexpr index kStretches = 16;  // spread over the rows
constexpr index kShortRun = 8;    // rows; where runs are shorter on average, each row is one of its own

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

/// The ids of a column.
class IdReader {
  public:
    explicit IdReader(const data::Array& ids)
        : validity_(ids.validity()),
          offsets_(ids.buffers().offsets.as<std::int32_t>() + ids.offset()),
          bytes_(ids.buffers().values.as<char>()),
          end_(static_cast<std::int32_t>(ids.buffers().values.size())) {}

    bool null(index row) const { return !validity_.all_set() && !validity_[row]; }
    std::int32_t position_in(IdTable& table, index row, std::int32_t near) const {
        const std::string_view id{bytes_ + offsets_[row], static_cast<std::size_t>(offsets_[row + 1] - offsets_[row])};
        return table.position_of(id, IdKey::of(id, end_ - offsets_[row]), near);
    }
    /// Whether the row begins a run; a null never equals what stands before it or after it.
    bool begins_run(index row) const {
        if (row == 0 || null(row) || null(row - 1)) return true;
        const std::int32_t length = offsets_[row + 1] - offsets_[row];
        return length != offsets_[row] - offsets_[row - 1] ||
               !same_bytes(bytes_ + offsets_[row], bytes_ + offsets_[row - 1], length, end_ - offsets_[row]);
    }

  private:
    data::BitmapView validity_;
    const std::int32_t* offsets_;
    const char* bytes_;
    std::int32_t end_;
};

/// Whether runs are short, by stretches spread evenly over the rows, which are all of them where they are few.
bool runs_are_short(const IdReader& reader, index n) {
    const index step = std::max(kSample, n / kStretches);
    index rows = 0, heads = 0;
    for (index begin = 0; begin < n; begin += step) {
        const index end = std::min(n, begin + kSample);
        for (index row = begin; row < end; ++row) heads += reader.begins_run(row);
        rows += end - begin;
    }
    return heads * kShortRun > rows;
}

/// Part of the rows, grouped by itself; patients by their place in `table`.
struct Part {
    IdTable table;
    std::vector<std::int32_t> places;  ///< of the table's patients in the whole
    std::vector<index> heads;          ///< of runs
    std::vector<std::int32_t> patients;
    index first_run = 0;

    void read_runs(const IdReader& reader, index begin, index end) {
        for (index row = begin; row < end; ++row) {
            if (row - begin == kSample) reserve((end - begin) / kSample * static_cast<index>(heads.size()));
            if (!reader.begins_run(row)) continue;
            const std::int32_t near = patients.empty() ? -1 : patients.back();
            heads.push_back(row);
            patients.push_back(reader.null(row) ? -1 : reader.position_in(table, row, near));
        }
    }
    void reserve(index runs) {
        heads.reserve(static_cast<std::size_t>(runs));
        patients.reserve(static_cast<std::size_t>(runs));
    }
    void read_rows(const IdReader& reader, index begin, index end, std::int32_t* numbers) {
        std::int32_t near = -1;
        for (index row = begin; row < end; ++row) {
            if (!reader.null(row)) near = reader.position_in(table, row, near);
            numbers[row] = reader.null(row) ? -1 : near;
        }
    }
    std::int32_t place_of(std::int32_t patient) const {
        return patient < 0 ? -1 : places[static_cast<std::size_t>(patient)];
    }
};

/// The patients of all parts in order of first appearance; tells each part their places.
std::vector<std::string_view> merge_ids(std::vector<Part>& parts) {
    IdTable all;
    for (Part& part : parts) {
        std::int32_t near = -1;
        part.places.reserve(part.table.ids().size());
        for (const std::string_view id : part.table.ids()) {
            near = all.position_of(id, IdKey::of(id, 0), near);
            part.places.push_back(near);
        }
    }
    return all.take_ids();
}

}  // namespace

bool GroupedIds::are_of(const data::Array& column) const noexcept {
    const auto &mine = ids.buffers(), &theirs = column.buffers();
    return mine.offsets.data() == theirs.offsets.data() && mine.values.data() == theirs.values.data() &&
           mine.validity.data() == theirs.validity.data() && ids.offset() == column.offset() &&
           ids.size() == column.size();
}

index part_length(index n) {
    constexpr index least = 65536;
    constexpr index parts_per_thread = 4;
    return std::max(least, n / (parts_per_thread * num_threads()) + 1);
}

PatientGroups group_by_patient(const data::Array& patient_id) {
    const index n = patient_id.size();
    const IdReader reader(patient_id);
    const bool by_row = runs_are_short(reader, n);
    const index rows = part_length(n);
    std::vector<Part> parts(static_cast<std::size_t>((n + rows - 1) / rows));
    PatientGroups groups;
    if (by_row) groups.patients = ScratchArray<std::int32_t>(n);
    parallel_for(n, rows, [&](index begin, index end) {
        Part& part = parts[static_cast<std::size_t>(begin / rows)];
        by_row ? part.read_rows(reader, begin, end, groups.patients.data()) : part.read_runs(reader, begin, end);
    });
    groups.ids = merge_ids(parts);
    if (!by_row) {
        index runs = 0;
        for (Part& part : parts) runs = (part.first_run = runs) + static_cast<index>(part.heads.size());
        groups.begins.resize(static_cast<std::size_t>(runs) + 1, n);
        groups.patients = ScratchArray<std::int32_t>(runs);
    }
    parallel_for(n, rows, [&](index begin, index end) {
        const Part& part = parts[static_cast<std::size_t>(begin / rows)];
        const auto place = [&](std::int32_t patient) { return part.place_of(patient); };
        std::int32_t* patients = groups.patients.data();
        if (by_row) {
            std::transform(patients + begin, patients + end, patients + begin, place);
        } else {
            std::copy(part.heads.begin(), part.heads.end(), groups.begins.begin() + part.first_run);
            std::transform(part.patients.begin(), part.patients.end(), patients + part.first_run, place);
        }
    });
    return groups;
}

}  // namespace assay::features::detail
