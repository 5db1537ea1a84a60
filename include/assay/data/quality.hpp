#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// What a failing rule means for the table: Info is noted, Warning is shown, Error fails the report.
enum class RuleSeverity : std::uint8_t { Info, Warning, Error };

/// "info", "warning", "error".
ASSAY_EXPORT std::string_view name_of(RuleSeverity severity) noexcept;

/// Fails where the column is null; text of white space alone counts as null.
struct RequiredCheck {
    std::string column;
};
/// Fails where a number lies outside the closed range. Nulls pass; NaN fails.
struct RangeCheck {
    std::string column;
    Range range;
};
/// Fails for every row but the first that repeats the values of these columns. Nulls are equal to each other.
struct UniqueCheck {
    std::vector<std::string> columns;
};
/// Fails where the value does not occur in `values` (a column of another table). Nulls pass.
struct ReferenceCheck {
    std::string column;
    Array values;
    std::string target;  ///< "patients.patient_id", for the report
};
/// Fails where the text does not match the whole RE2 pattern. Nulls pass.   Cost: O(characters), no backtracking.
struct PatternCheck {
    std::string column;
    std::string pattern;
};
/// Fails where the text is none of these. Nulls pass.
struct AllowedCheck {
    std::string column;
    std::vector<std::string> values;
};
/// Fails where a time is earlier than the row before it within the same group (rows of equal `group_by`, "" for all).
struct MonotoneCheck {
    std::string column;
    std::string group_by;
};
/// Fails, for the table as a whole, where it has fewer or more rows.
struct RowCountCheck {
    std::optional<index> at_least;
    std::optional<index> at_most;
};

using Check = std::variant<RequiredCheck, RangeCheck, UniqueCheck, ReferenceCheck, PatternCheck, AllowedCheck,
                           MonotoneCheck, RowCountCheck>;

/// A check with a name and a weight.
struct QualityRule {
    std::string id;  ///< "heart_rate.outlier"
    RuleSeverity severity = RuleSeverity::Error;
    Check check;
};

/// One rule's outcome. `failing_rows` is complete and ascending; for a row count it is empty.
struct RuleResult {
    std::string id;
    RuleSeverity severity = RuleSeverity::Error;
    std::string description;  ///< "heart_rate between 0 and 390 /min"
    index checked = 0;        ///< rows that the rule looked at
    bool passed = true;
    std::vector<index> failing_rows;
};

struct QualityReport {
    std::string table;
    index rows = 0;
    std::vector<RuleResult> results;

    /// No rule of severity Error failed.
    bool passed() const noexcept;
};

/// Applies every rule to the table. A report names rows and columns, never values.
/// @throws SchemaError if a rule names a column that does not exist or has the wrong type.
/// @throws ValueError if an id stands twice or a pattern is not RE2.   Cost: O(rows) a rule.
ASSAY_EXPORT QualityReport check_quality(const Table& table, std::span<const QualityRule> rules, std::string name = {});

/// The rules that a schema implies: required columns, `<name>.implausible` (Warning) from valid and
/// `<name>.impossible` (Error) from outlier ranges.
ASSAY_EXPORT std::vector<QualityRule> rules_of(const TableSchema& schema);

/// {"table", "rows", "passed", "rules": [{"id", "severity", "description", "checked", "failed", "passed",
/// "failing_rows"}]}
ASSAY_EXPORT std::string to_json(const QualityReport& report);

}  // namespace assay::data
