#include "assay/features/detail/duplicate_rows.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "assay/base/thread_pool.hpp"

namespace assay::features::detail {
namespace {

constexpr index kRunsPerTask = 1024;

/// Whether times ascend strictly in [begin, end).
bool ascends(std::span<const Timestamp> times, index begin, index end) noexcept {
    bool ok = true;
    for (index i = begin + 1; i < end; ++i) {
        ok &= times[static_cast<std::size_t>(i - 1)] < times[static_cast<std::size_t>(i)];
    }
    return ok;
}

/// 1 for each patient whose rows do not ascend strictly in time: only those can hold a duplicate.
std::vector<char> suspects(const PatientGroups& groups, std::span<const Timestamp> times) {
    std::vector<char> unordered(static_cast<std::size_t>(groups.num_runs()), 0);
    parallel_for(groups.num_runs(), kRunsPerTask, [&](index begin, index end) {
        for (index r = begin; r < end; ++r) {
            const PatientRun run = groups.run(r);
            unordered[static_cast<std::size_t>(r)] = !ascends(times, run.begin, run.end);
        }
    });
    std::vector<char> suspect(groups.ids.size(), 0);
    std::vector<Timestamp> last(groups.ids.size(), Timestamp{std::numeric_limits<std::int64_t>::min()});
    for (index r = 0; r < groups.num_runs(); ++r) {
        const PatientRun run = groups.run(r);
        if (run.patient < 0) continue;
        const auto patient = static_cast<std::size_t>(run.patient);
        if (unordered[static_cast<std::size_t>(r)] || times[static_cast<std::size_t>(run.begin)] <= last[patient])
            suspect[patient] = 1;
        last[patient] = times[static_cast<std::size_t>(run.end - 1)];
    }
    return suspect;
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
