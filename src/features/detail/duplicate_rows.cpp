#include "assay/features/detail/duplicate_rows.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "assay/base/thread_pool.hpp"

namespace assay::features::detail {
namespace {

constexpr index kRowsPerPatient = 4;  // in each part, or looking at every patient costs more than the rows

/// Whether times ascend strictly in [begin, end).
bool ascends(std::span<const Timestamp> times, index begin, index end) noexcept {
    bool ok = true;
    for (index i = begin + 1; i < end; ++i) {
        ok &= times[static_cast<std::size_t>(i - 1)] < times[static_cast<std::size_t>(i)];
    }
    return ok;
}

constexpr Timestamp kEarliest{std::numeric_limits<std::int64_t>::min()};

/// What a part of the rows says of each patient.
struct PartTimes {
    std::vector<Timestamp> first;
    std::vector<Timestamp> last;  ///< kEarliest where the patient has no row
    std::vector<char> suspect;    ///< 1 where times do not ascend strictly: only there can be a duplicate

    void read(const PatientGroups& groups, std::span<const Timestamp> times, index begin, index end) {
        first.resize(groups.ids.size());
        last.assign(groups.ids.size(), kEarliest);
        suspect.assign(groups.ids.size(), 0);
        for (index r = begin; r < end; ++r) {
            const PatientRun run = groups.run(r);
            if (run.patient < 0) continue;
            const auto patient = static_cast<std::size_t>(run.patient);
            const Timestamp at = times[static_cast<std::size_t>(run.begin)];
            if (at <= last[patient] || !ascends(times, run.begin, run.end)) suspect[patient] = 1;
            if (last[patient] == kEarliest) first[patient] = at;
            last[patient] = times[static_cast<std::size_t>(run.end - 1)];
        }
    }
    void append(const PartTimes& later) {
        for (std::size_t p = 0; p < suspect.size(); ++p) {
            if (later.last[p] == kEarliest && !later.suspect[p]) continue;  // no row
            suspect[p] = suspect[p] || later.suspect[p] || later.first[p] <= last[p];
            last[p] = later.last[p];
        }
    }
};

/// 1 for each patient whose rows do not ascend strictly in time.
std::vector<char> suspects(const PatientGroups& groups, std::span<const Timestamp> times) {
    const auto patients = static_cast<index>(groups.ids.size());
    // The cut does not show in the result. A part looks at every patient once: with few rows each there is one part.
    const index most = groups.num_rows() / (kRowsPerPatient * std::max<index>(patients, 1));
    const index count = std::clamp<index>(most, 1, num_threads());
    const index runs = groups.num_runs() / count + 1;
    std::vector<PartTimes> parts(static_cast<std::size_t>(count));
    parallel_for(count, 1, [&](index part, index) {
        parts[static_cast<std::size_t>(part)].read(groups, times, std::min(part * runs, groups.num_runs()),
                                                   std::min((part + 1) * runs, groups.num_runs()));
    });
    for (std::size_t part = 1; part < parts.size(); ++part) parts[0].append(parts[part]);
    return std::move(parts[0].suspect);
}

void append_groups(std::vector<std::pair<Timestamp, index>>& rows, std::vector<RowGroup>& out) {
    std::sort(rows.begin(), rows.end());
    for (std::size_t i = 0; i < rows.size();) {
        std::size_t end = i + 1;
        while (end < rows.size() && rows[end].first == rows[i].first) ++end;
        if (end - i > 1) {
            RowGroup& group = out.emplace_back();
            for (std::size_t k = i; k < end; ++k) group.push_back(rows[k].second);
        }
        i = end;
    }
}

}  // namespace

std::vector<RowGroup> find_duplicate_rows(const PatientGroups& groups, const data::Array& observed_at) {
    const auto times = observed_at.values<Timestamp>();
    const std::vector<char> suspect = suspects(groups, times);
    if (std::find(suspect.begin(), suspect.end(), 1) == suspect.end()) return {};
    std::vector<std::vector<std::pair<Timestamp, index>>> rows(groups.ids.size());
    for (index r = 0; r < groups.num_runs(); ++r) {
        const PatientRun run = groups.run(r);
        if (run.patient < 0 || !suspect[static_cast<std::size_t>(run.patient)]) continue;
        for (index i = run.begin; i < run.end; ++i) {
            if (observed_at.is_null(i)) continue;
            rows[static_cast<std::size_t>(run.patient)].emplace_back(times[static_cast<std::size_t>(i)], i);
        }
    }
    std::vector<RowGroup> out;
    for (auto& of_patient : rows) append_groups(of_patient, out);
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace assay::features::detail
