#include "assay/features/detail/worst_news2.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace assay::features::detail {
namespace {

/// The vital signs that NEWS2 needs; empty where the table lacks one.
std::vector<const data::Array*> needed_columns(const data::Table& vitals) {
    std::vector<const data::Array*> out;
    for (const std::string_view name : {"heart_rate", "systolic_bp", "spo2", "temperature", "respiratory_rate"}) {
        if (!vitals.has_column(name)) return {};
        out.push_back(&vitals.column(name));
    }
    return out;
}

/// What was found at the arrival that covers `at`, if one does.
const std::optional<News2State>& state_at(const News2Arrivals& arrivals, Timestamp at) {
    static const std::optional<News2State> kNone;
    const auto next = std::upper_bound(arrivals.begin(), arrivals.end(), at,
                                       [](Timestamp time, const News2Arrival& arrival) { return time < arrival.from; });
    if (next == arrivals.begin()) return kNone;
    const News2Arrival& latest = *std::prev(next);
    return latest.until && *latest.until < at ? kNone : latest.state;
}

}  // namespace

std::vector<WorstNews2> worst_news2(const data::Table& vitals, const PatientGroups& groups,
                                    const std::vector<News2Arrivals>& arrivals_of, Spo2Scale scale) {
    std::vector<WorstNews2> out(groups.ids.size());
    const auto columns = needed_columns(vitals);
    const auto none = [](const News2Arrivals& arrivals) { return arrivals.empty(); };
    if (columns.empty() || std::all_of(arrivals_of.begin(), arrivals_of.end(), none)) return out;
    const auto times = vitals.column("observed_at").values<Timestamp>();
    for (index r = 0; r < groups.num_runs(); ++r) {
        const PatientRun run = groups.run(r);
        if (run.patient < 0 || arrivals_of[static_cast<std::size_t>(run.patient)].empty()) continue;
        const News2Arrivals& arrivals = arrivals_of[static_cast<std::size_t>(run.patient)];
        WorstNews2& worst = out[static_cast<std::size_t>(run.patient)];
        for (index row = run.begin; row < run.end; ++row) {
            const Timestamp at = times[static_cast<std::size_t>(row)];
            const std::optional<News2State>& state = state_at(arrivals, at);
            if (!state) continue;
            std::array<double, 5> v{};
            for (std::size_t c = 0; c < 5; ++c) v[c] = columns[c]->get<double>(row).value_or(kMissing);
            const News2 scored = news2({v[0], v[1], v[2], v[3], v[4], state->on_oxygen, state->consciousness}, scale);
            const auto red = [&](News2Parameter p) { return scored.points[static_cast<std::size_t>(p)] == 3; };
            worst.red_level = worst.red_level || red(News2Parameter::Consciousness);
            worst.red_spo2 = worst.red_spo2 || red(News2Parameter::Spo2);
            const auto total = scored.score.total;
            if (total && (!worst.score || *total > *worst.score || (*total == *worst.score && at < *worst.at))) {
                worst.score = total;
                worst.at = at;
            }
        }
    }
    return out;
}

std::vector<std::string> red_parameters(const PatientSummary& patient, const WorstNews2& worst, Spo2Scale scale) {
    std::vector<std::string> out;
    const auto add = [&](Vital vital, auto points) {
        const VitalStatistics& v = patient.vital(vital);
        const bool red = points(v.minimum.value_or(kMissing)) == 3 || points(v.maximum.value_or(kMissing)) == 3;
        if (red || (vital == Vital::Spo2 && worst.red_spo2)) out.emplace_back(name_of(vital));
    };
    add(Vital::RespiratoryRate, news2_respiratory_rate);
    add(Vital::Spo2, [scale](double percent) { return news2_spo2(percent, scale, std::nullopt); });
    add(Vital::SystolicBp, news2_systolic_bp);
    add(Vital::HeartRate, news2_pulse);
    if (worst.red_level) out.emplace_back("consciousness");
    add(Vital::Temperature, news2_temperature);
    return out;
}

}  // namespace assay::features::detail
