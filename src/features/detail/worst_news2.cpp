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

}  // namespace

std::vector<WorstNews2> worst_news2(const data::Table& vitals, const PatientGroups& groups,
                                    const std::vector<std::optional<News2State>>& state_of, Spo2Scale scale) {
    std::vector<WorstNews2> out(groups.ids.size());
    const auto columns = needed_columns(vitals);
    if (columns.empty()) return out;
    const auto times = vitals.column("observed_at").values<Timestamp>();
    for (index r = 0; r < groups.num_runs(); ++r) {
        const PatientRun run = groups.run(r);
        if (run.patient < 0 || !state_of[static_cast<std::size_t>(run.patient)]) continue;
        const News2State& state = *state_of[static_cast<std::size_t>(run.patient)];
        WorstNews2& worst = out[static_cast<std::size_t>(run.patient)];
        for (index row = run.begin; row < run.end; ++row) {
            std::array<double, 5> v{};
            for (std::size_t c = 0; c < 5; ++c) v[c] = columns[c]->get<double>(row).value_or(kMissing);
            const auto total =
                news2({v[0], v[1], v[2], v[3], v[4], state.on_oxygen, state.consciousness}, scale).score.total;
            const Timestamp at = times[static_cast<std::size_t>(row)];
            if (total && (!worst.score || *total > *worst.score || (*total == *worst.score && at < *worst.at))) {
                worst = {total, at};
            }
        }
    }
    return out;
}

}  // namespace assay::features::detail
