#include "assay/features/detail/vital_statistics.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/piece_reader.hpp"
#include "assay/features/detail/scattered_rows.hpp"

namespace assay::features::detail {
namespace {

constexpr index kTaskRows = 262144;
constexpr index kBucketsPerTask = 4;
constexpr index kTaskPatients = 1024;

VitalColumns columns_of(const data::Table& vitals) {
    VitalColumns out;
    out.micros = reinterpret_cast<const std::int64_t*>(vitals.column("observed_at").values<Timestamp>().data());
    for (const Vital vital : kVitals) {
        if (!vitals.has_column(name_of(vital))) continue;
        const data::Array& column = vitals.column(name_of(vital));
        out.values[static_cast<std::size_t>(vital)] = column.values<double>().data();
        out.validity[static_cast<std::size_t>(vital)] = column.validity();
    }
    return out;
}

/// Rows [begin, end) of a task by patient, patients numbered from `lowest`.
struct TaskStates {
    std::int32_t lowest = 0;
    std::vector<std::int32_t> slots;  ///< state + 1 of patient lowest + i
    std::vector<PatientState> states;
    std::vector<std::int32_t> patients;  ///< of each state
};

TaskStates read_rows(const VitalColumns& columns, const PatientGroups& groups, const RiskWeights& weights, index begin,
                     index end) {
    const auto first = std::upper_bound(groups.begins.begin(), groups.begins.end(), begin) - groups.begins.begin() - 1;
    const auto last = std::lower_bound(groups.begins.begin(), groups.begins.end(), end) - groups.begins.begin();
    TaskStates out;
    std::int32_t highest = -1;
    out.lowest = static_cast<std::int32_t>(groups.ids.size());
    for (index r = first; r < last; ++r) {
        const std::int32_t patient = groups.patients[r];
        if (patient < 0) continue;
        out.lowest = std::min(out.lowest, patient);
        highest = std::max(highest, patient);
    }
    if (highest < 0) return out;
    out.slots.assign(static_cast<std::size_t>(highest - out.lowest + 1), 0);
    PieceReader reader(columns, weights);
    for (index r = first; r < last; ++r) {
        const PatientRun run = groups.run(r);
        if (run.patient < 0) continue;
        std::int32_t& slot = out.slots[static_cast<std::size_t>(run.patient - out.lowest)];
        if (slot == 0) {
            out.states.emplace_back();
            out.patients.push_back(run.patient);
            slot = static_cast<std::int32_t>(out.states.size());
        }
        PatientState& state = out.states[static_cast<std::size_t>(slot - 1)];
        const index stop = std::min(run.end, end);
        for (index row = std::max(run.begin, begin); row < stop; row += kPieceRows) {
            state.merge(reader.read(row, std::min(kPieceRows, stop - row)));
        }
    }
    return out;
}

VitalStatistics statistics_of(const VitalMoments& m) {
    VitalStatistics out;
    out.count = m.count;
    if (m.count == 0) return out;
    out.average = m.mean;
    out.minimum = m.minimum;
    out.maximum = m.maximum;
    out.last = m.last;
    out.last_at = Timestamp{m.last_at};
    if (m.sxx > 0) out.slope_per_hour = m.sxy / m.sxx;
    return out;
}

PatientVitals vitals_of(const PatientState& state) {
    PatientVitals out;
    out.rows = state.rows;
    if (state.rows == 0) return out;
    out.first_at = Timestamp{state.first_at};
    out.last_at = Timestamp{state.last_at};
    for (std::size_t v = 0; v < 6; ++v) out.vitals[v] = statistics_of(state.vitals[v]);
    if (state.risk.count > 0) {
        out.average_risk = state.risk.sum / static_cast<double>(state.risk.count);
        out.max_risk = state.risk.maximum;
    }
    return out;
}

/// Rows that lie together: tasks of consecutive rows, merged in row order.
std::vector<PatientState> states_of_runs(const VitalColumns& columns, const PatientGroups& groups,
                                         const RiskWeights& weights, index n) {
    std::vector<TaskStates> tasks(static_cast<std::size_t>((n + kTaskRows - 1) / kTaskRows));
    parallel_for(n, kTaskRows, [&](index begin, index end) {
        tasks[static_cast<std::size_t>(begin / kTaskRows)] = read_rows(columns, groups, weights, begin, end);
    });
    std::vector<PatientState> states(groups.ids.size());
    for (const TaskStates& task : tasks) {
        for (std::size_t s = 0; s < task.states.size(); ++s) {
            states[static_cast<std::size_t>(task.patients[s])].merge(task.states[s]);
        }
    }
    return states;
}

void merge_gathered(const GatheredRows& gathered, PieceReader& reader, PatientState* states) {
    const auto starts = gathered.starts();
    for (std::size_t p = 0; p + 1 < starts.size(); ++p) {
        for (index row = starts[p]; row < starts[p + 1]; row += kPieceRows) {
            states[p].merge(reader.read(row, std::min(kPieceRows, starts[p + 1] - row)));
        }
    }
}

/// Rows that are scattered (a feed of many patients): gathered bucket by bucket, so that each is read once.
std::vector<PatientState> states_of_scattered(const VitalColumns& columns, const PatientGroups& groups,
                                              const RiskWeights& weights, index n) {
    const BucketedRows buckets(groups);
    const std::vector<std::uint64_t> complete = complete_rows(columns, n);
    const data::BitmapView complete_bits(reinterpret_cast<const std::uint8_t*>(complete.data()), 0, n);
    std::vector<PatientState> states(groups.ids.size());
    parallel_for(buckets.num_buckets(), kBucketsPerTask, [&](index begin, index end) {
        GatheredRows gathered(columns, complete_bits, buckets.patients_per_bucket());
        const auto reader = std::make_unique<PieceReader>(gathered.columns(), weights);
        for (index bucket = begin; bucket < end; ++bucket) {
            const auto rows = buckets.of(bucket);
            PatientState* of_bucket = states.data() + bucket * buckets.patients_per_bucket();
            for (std::size_t at = 0; at < rows.size(); at += GatheredRows::kRows) {
                gathered.gather(rows.subspan(at, std::min<std::size_t>(GatheredRows::kRows, rows.size() - at)));
                merge_gathered(gathered, *reader, of_bucket);
            }
        }
    });
    return states;
}

}  // namespace

std::vector<PatientVitals> vital_statistics(const data::Table& vitals, const PatientGroups& groups,
                                            const RiskWeights& weights) {
    const VitalColumns columns = columns_of(vitals);
    const index n = vitals.num_rows();
    const std::vector<PatientState> states = groups.by_row() ? states_of_scattered(columns, groups, weights, n)
                                                             : states_of_runs(columns, groups, weights, n);
    std::vector<PatientVitals> out(states.size());
    parallel_for(static_cast<index>(states.size()), kTaskPatients, [&](index begin, index end) {
        std::transform(states.begin() + begin, states.begin() + end, out.begin() + begin, vitals_of);
    });
    return out;
}

}  // namespace assay::features::detail
