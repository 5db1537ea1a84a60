#include "assay/features/detail/vital_statistics.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/limit_check.hpp"
#include "assay/features/detail/vital_kernels.hpp"
#include "assay/features/detail/vital_moments.hpp"

namespace assay::features::detail {
namespace {

constexpr index kTaskRows = 262144;
constexpr double kHoursPerMicro = 1.0 / 3.6e9;

/// The vital signs of a table as the kernels want them; null where the table has no such column.
struct Columns {
    const std::int64_t* micros = nullptr;
    std::array<const double*, 6> values{};
    std::array<data::BitmapView, 6> validity;
};

Columns columns_of(const data::Table& vitals) {
    Columns out;
    out.micros = reinterpret_cast<const std::int64_t*>(vitals.column("observed_at").values<Timestamp>().data());
    for (const Vital vital : kVitals) {
        if (!vitals.has_column(name_of(vital))) continue;
        const data::Array& column = vitals.column(name_of(vital));
        out.values[static_cast<std::size_t>(vital)] = column.values<double>().data();
        out.validity[static_cast<std::size_t>(vital)] = column.validity();
    }
    return out;
}

/// What a part of a patient's rows says; parts merge in row order.
struct PatientState {
    std::int64_t origin = 0;  ///< time that mean times count from
    std::int64_t first_at = 0;
    std::int64_t last_at = 0;
    index rows = 0;
    std::array<VitalMoments, 6> vitals;
    RiskSums risk;

    void merge(const PatientState& later) noexcept {
        if (rows == 0) {
            *this = later;
            return;
        }
        const double hours = static_cast<double>(later.origin - origin) * kHoursPerMicro;
        for (std::size_t v = 0; v < vitals.size(); ++v) vitals[v].merge(later.vitals[v], hours);
        rows += later.rows;
        first_at = std::min(first_at, later.first_at);
        last_at = std::max(last_at, later.last_at);
        if (later.risk.count == 0) return;
        risk.maximum = risk.count == 0 ? later.risk.maximum : std::max(risk.maximum, later.risk.maximum);
        risk.sum += later.risk.sum;
        risk.count += later.risk.count;
    }
};

/// Reads pieces of at most kPieceRows rows.
class PieceReader {
  public:
    PieceReader(const Columns& columns, const RiskWeights& weights)
        : columns_(columns), weights_(weights), kernels_(vital_kernels()) {}

    PatientState read(index row, index n) {
        PatientState out;
        const TimeSpan span = kernels_.hours_since_first(columns_.micros + row, n, hours_);
        out.origin = columns_.micros[row];
        out.first_at = span.first;
        out.last_at = span.last;
        out.rows = n;
        for (std::size_t v = 0; v < 6; ++v) out.vitals[v] = read_column(v, row, n, span);
        const auto piece = [&](Vital vital) { return pieces_[static_cast<std::size_t>(vital)]; };
        const PieceColumn scored[] = {piece(Vital::HeartRate), piece(Vital::SystolicBp), piece(Vital::Spo2),
                                      piece(Vital::RespiratoryRate), piece(Vital::Temperature)};
        if (scored[0].values != nullptr && scored[1].values != nullptr && scored[2].values != nullptr) {
            kernels_.risk_sums(scored, n, weights_, out.risk);
        }
        return out;
    }

  private:
    VitalMoments read_column(std::size_t v, index row, index n, const TimeSpan& span) {
        pieces_[v] = {};
        if (columns_.values[v] == nullptr) return {};
        const double* values = columns_.values[v] + row;
        index count = n;
        pieces_[v] = {values, nullptr};
        if (!columns_.validity[v].all_set()) {
            count = align_bits(v, row, n);
            if (count < n) pieces_[v].valid = reinterpret_cast<const std::uint8_t*>(bits_[v]);
        }
        if (count == 0) return {};
        const double origin = values[first_valid(v)];
        ColumnSums sums;
        kernels_.column_sums(pieces_[v], hours_, n, origin, sums);
        VitalMoments out = VitalMoments::of(sums, count, origin);
        const index last = span.ascends ? last_valid(v, n) : latest_valid(v, row, n);
        out.last = values[last];
        out.last_at = columns_.micros[row + last];
        return out;
    }

    /// Validity bits of the piece from bit 0 on; returns how many are set.
    index align_bits(std::size_t v, index row, index n) {
        const data::BitmapView bits = columns_.validity[v].slice(row, n);
        index count = 0;
        for (index at = 0; at < n; at += 64) {
            const std::uint64_t word = load_bits(bits, at);
            bits_[v][at / 64] = word;
            count += std::popcount(word);
        }
        return count;
    }

    index first_valid(std::size_t v) const {
        if (pieces_[v].valid == nullptr) return 0;
        index w = 0;
        while (bits_[v][w] == 0) ++w;
        return w * 64 + std::countr_zero(bits_[v][w]);
    }

    index last_valid(std::size_t v, index n) const {
        if (pieces_[v].valid == nullptr) return n - 1;
        index w = (n - 1) / 64;
        while (bits_[v][w] == 0) --w;
        return w * 64 + 63 - std::countl_zero(bits_[v][w]);
    }

    index latest_valid(std::size_t v, index row, index n) const {
        index latest = -1;
        for (index i = 0; i < n; ++i) {
            if (pieces_[v].valid != nullptr && ((bits_[v][i / 64] >> (i % 64)) & 1) == 0) continue;
            if (latest < 0 || columns_.micros[row + i] >= columns_.micros[row + latest]) latest = i;
        }
        return latest;
    }

    const Columns& columns_;
    const RiskWeights& weights_;
    const VitalKernels& kernels_;
    std::array<PieceColumn, 6> pieces_;
    double hours_[kPieceRows];
    std::uint64_t bits_[6][kPieceRows / 64];
};

/// Rows [begin, end) of a task by patient, patients numbered from `lowest`.
struct TaskStates {
    std::int32_t lowest = 0;
    std::vector<std::int32_t> slots;  ///< state + 1 of patient lowest + i
    std::vector<PatientState> states;
    std::vector<std::int32_t> patients;  ///< of each state
};

TaskStates read_rows(const Columns& columns, const PatientGroups& groups, const RiskWeights& weights, index begin,
                     index end) {
    auto run = std::upper_bound(groups.runs.begin(), groups.runs.end(), begin,
                                [](index row, const PatientRun& r) { return row < r.end; });
    TaskStates out;
    std::int32_t highest = -1;
    out.lowest = static_cast<std::int32_t>(groups.ids.size());
    for (auto r = run; r != groups.runs.end() && r->begin < end; ++r) {
        if (r->patient < 0) continue;
        out.lowest = std::min(out.lowest, r->patient);
        highest = std::max(highest, r->patient);
    }
    if (highest < 0) return out;
    out.slots.assign(static_cast<std::size_t>(highest - out.lowest + 1), 0);
    PieceReader reader(columns, weights);
    for (; run != groups.runs.end() && run->begin < end; ++run) {
        if (run->patient < 0) continue;
        std::int32_t& slot = out.slots[static_cast<std::size_t>(run->patient - out.lowest)];
        if (slot == 0) {
            out.states.emplace_back();
            out.patients.push_back(run->patient);
            slot = static_cast<std::int32_t>(out.states.size());
        }
        PatientState& state = out.states[static_cast<std::size_t>(slot - 1)];
        const index stop = std::min(run->end, end);
        for (index row = std::max(run->begin, begin); row < stop; row += kPieceRows) {
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

}  // namespace

std::vector<PatientVitals> vital_statistics(const data::Table& vitals, const PatientGroups& groups,
                                            const RiskWeights& weights) {
    const Columns columns = columns_of(vitals);
    const index n = vitals.num_rows();
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
    std::vector<PatientVitals> out(states.size());
    std::transform(states.begin(), states.end(), out.begin(), vitals_of);
    return out;
}

}  // namespace assay::features::detail
