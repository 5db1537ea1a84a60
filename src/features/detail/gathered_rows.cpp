#include "assay/features/detail/gathered_rows.hpp"

#include <algorithm>

namespace assay::features::detail {

RowsByPatient::RowsByPatient(const PatientGroups& groups) : starts_(groups.ids.size() + 1, 0) {
    for (const PatientRun& run : groups.runs) {
        if (run.patient >= 0) starts_[static_cast<std::size_t>(run.patient) + 1] += run.end - run.begin;
    }
    for (std::size_t p = 1; p < starts_.size(); ++p) starts_[p] += starts_[p - 1];
    rows_.resize(static_cast<std::size_t>(starts_.back()));
    std::vector<index> next(starts_.begin(), starts_.end() - 1);
    for (const PatientRun& run : groups.runs) {
        if (run.patient < 0) continue;
        index& at = next[static_cast<std::size_t>(run.patient)];
        for (index row = run.begin; row < run.end; ++row) rows_[static_cast<std::size_t>(at++)] = row;
    }
}

GatheredRows::GatheredRows(const VitalColumns& source) : source_(source) {
    columns_.micros = micros_;
    for (std::size_t v = 0; v < 6; ++v) {
        if (source.values[v] == nullptr) continue;
        columns_.values[v] = values_[v];
        if (source.validity[v].all_set()) continue;
        columns_.validity[v] = data::BitmapView(reinterpret_cast<const std::uint8_t*>(valid_[v]), 0, kPieceRows);
    }
}

void GatheredRows::gather(std::span<const index> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) micros_[i] = source_.micros[rows[i]];
    for (std::size_t v = 0; v < 6; ++v) {
        if (source_.values[v] == nullptr) continue;
        for (std::size_t i = 0; i < rows.size(); ++i) values_[v][i] = source_.values[v][rows[i]];
        if (source_.validity[v].all_set()) continue;
        std::fill_n(valid_[v], (rows.size() + 63) / 64, std::uint64_t{0});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            valid_[v][i / 64] |= static_cast<std::uint64_t>(source_.validity[v][rows[i]]) << (i % 64);
        }
    }
}

}  // namespace assay::features::detail
