#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/base/time.hpp"
#include "assay/data/laboratory/standardise.hpp"

namespace assay::data {

/// One check of one source: how many results it looked at, and how many failed.
struct QualityCheck {
    std::string source;     ///< value of the column by which sources are told apart; "" without one
    std::string dimension;  ///< completeness, validity, uniqueness, consistency, timeliness or plausibility
    std::string check;      ///< "unit.present", "flag.reference", a rule of standardisation, …
    index checked = 0;
    index failed = 0;

    bool operator==(const QualityCheck&) const = default;
};

struct ResultQualityOptions {
    std::string source_column{};     ///< a text column that tells sources apart; "" for one source
    std::optional<Timestamp> now{};  ///< against which a time lies in the future
    std::optional<std::chrono::microseconds> latest_report{};  ///< from observation to report; longer is late
};

/// Counts what is right and wrong with laboratory results, by source and check.
///
/// completeness: patient, time, test, unit of a number, and a value, text or reason. validity: each refusing rule of
/// standardisation but the limits. uniqueness: result_id, and patient, test, specimen and time together. consistency:
/// the flag against the laboratory's own reference range (both as reported; results with a comparator are left out),
/// reference_low not above reference_high, and the unit against the one that most results of the test have. timeliness:
/// not reported before observed, not in the future, reported in time. plausibility: both tiers of limits. A check of a
/// column that the table lacks looks at nothing and is left out.
/// @param rows          what was standardised: data::LaboratoryResults or data::LabResults
/// @param standardised  standardise_results(rows)
/// @throws SchemaError a column has another type; ShapeError the results are of another table.
/// Cost: about 300 ns a row.
ASSAY_EXPORT std::vector<QualityCheck> result_quality(const Table& rows, const StandardisedResults& standardised,
                                                      const ResultQualityOptions& options = {});

/// What a source sent.
struct SourceResults {
    std::string source;                 ///< as in QualityCheck
    index results = 0;                  ///< rows
    std::optional<Timestamp> newest{};  ///< when its latest result was observed; nothing where no time is given

    bool operator==(const SourceResults&) const = default;
};

/// Every source of a table in the order of first appearance; none of a table without rows.
/// @param rows  observed_at (Timestamp) may be missing
/// @throws SchemaError a column is missing or of another type.   Cost: O(n).
ASSAY_EXPORT std::vector<SourceResults> results_by_source(const Table& rows, const std::string& source_column = {});

}  // namespace assay::data
