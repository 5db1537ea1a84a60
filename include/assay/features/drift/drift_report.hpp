#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/features/drift/table_sample.hpp"

namespace assay::features {

/// What counts as drift. Two values are those of a moderate and of a severe change.
struct DriftThresholds {
    double p = 0.05;  ///< adjusted over the columns (Benjamini-Hochberg); not smaller: no drift, whatever the effect
    double psi_moderate = 0.1;  ///< of the population stability index beyond what it is without change
    double psi_severe = 0.2;
    double wasserstein = 0.1;        ///< in standard deviations of the reference: moderate
    double jensen_shannon = 0.1;     ///< distance of categories: moderate
    double missing_moderate = 0.05;  ///< change of the share of missing values
    double missing_severe = 0.2;
    index bins = 10;        ///< of the reference's quantiles, for PSI and the distance
    index few_levels = 10;  ///< numbers of so few distinct values are compared as categories
    index fewest = 20;      ///< values in each sample; fewer are not judged
};

enum class DriftVerdict : std::uint8_t {
    not_judged,  ///< the reason says why
    stable,
    slight,  ///< p is small and every effect below its threshold: measurable, too little to act on
    moderate,
    severe,
};
/// "not judged", "stable", …
ASSAY_EXPORT std::string_view name_of(DriftVerdict verdict) noexcept;

/// One column against its reference. A figure that does not apply is NaN.
struct ColumnDrift {
    static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

    std::string name;
    std::string unit;   ///< of a group
    std::string label;  ///< of a group: what people call it; empty where nothing does
    ColumnKind kind = ColumnKind::other;
    std::string test;    ///< "KS" or "chi-squared"; empty where none was made
    std::string reason;  ///< in words: what was found, or why it was not judged
    DriftVerdict verdict = DriftVerdict::not_judged;
    double statistic = kNone, p = kNone, p_adjusted = kNone;
    double wasserstein = kNone;                ///< in the unit of the values
    double shift = kNone;                      ///< wasserstein in standard deviations of the reference
    double jensen_shannon = kNone;             ///< distance, 0 to 1
    double psi = kNone, psi_expected = kNone;  ///< and what it is on average without change
    double cramers_v = kNone;
    double location = kNone;  ///< where the distributions are farthest apart
    double reference_mean = kNone, current_mean = kNone;
    double reference_deviation = kNone, current_deviation = kNone;
    double reference_missing = kNone, current_missing = kNone;  ///< shares
    double missing_p = kNone, missing_p_adjusted = kNone;       ///< of the shares by chi-squared
    index reference_count = 0, current_count = 0;               ///< values that are not missing

    bool drifted() const noexcept { return verdict >= DriftVerdict::moderate; }
};

/// Every column of the reference, in its order, then those that the current table has beside.
///
/// Numbers are compared by KS, those of few levels and categories by chi-squared. A verdict needs both a small adjusted
/// p and an effect: with many rows the smallest difference has a small p. A column that is constant in the reference
/// is named where it has another value now, an empty or all-missing window is not judged. Samples by group are compared
/// group by group, values in one unit with those in the same.
/// @throws ValueError thresholds that cannot be, one sample by group and the other by column
/// Cost: O(distinct values), columns in parallel.
ASSAY_EXPORT std::vector<ColumnDrift> drift_report(const TableSample& reference, const TableSample& current,
                                                   const DriftThresholds& thresholds = {});

}  // namespace assay::features
