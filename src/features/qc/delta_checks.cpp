#include "assay/features/qc/delta_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::features {
namespace {

using data::Type;

constexpr double kMicrosOfDay = 86'400e6;

const data::Array& column_of_type(const data::Table& rows, const std::string& name, Type type) {
    const data::Array& column = rows.column(name);
    if (column.type() == type) return column;
    throw SchemaError("delta_checks: expected " + std::string(data::name_of(type)) + " in column '" + name + "', got " +
                      std::string(data::name_of(column.type())));
}

struct ComparedResult {
    std::uint32_t patient, rule, unit;
    std::int64_t at;  // microseconds
    index row;
    double value;

    auto series() const { return std::tie(patient, rule, unit); }
    bool operator<(const ComparedResult& other) const {
        return std::tie(patient, rule, unit, at, row) <
               std::tie(other.patient, other.rule, other.unit, other.at, other.row);
    }
};

/// Numbers for texts in the order of first appearance.
class TextNumbers {
  public:
    std::uint32_t operator[](std::string_view text) {
        return numbers_.emplace(text, static_cast<std::uint32_t>(numbers_.size())).first->second;
    }

  private:
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

/// The rules of each code; few have more than one.
using RulesOfCode = std::unordered_map<std::string_view, std::vector<std::uint32_t>>;

RulesOfCode by_code(std::span<const DeltaRule> rules) {
    RulesOfCode found;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        auto& known = found[rules[i].loinc];
        for (const std::uint32_t other : known) {
            if (rules[other].unit == rules[i].unit || rules[other].unit.empty() || rules[i].unit.empty()) {
                throw ValueError("delta_checks: expected one rule for code " + rules[i].loinc +
                                 " and unit, got two that hold for the same results");
            }
        }
        known.push_back(static_cast<std::uint32_t>(i));
    }
    return found;
}

/// Results with a rule, in the order of the rows.
std::vector<ComparedResult> results_with_rules(const data::Table& rows, std::span<const DeltaRule> rules) {
    const data::Array& patients = column_of_type(rows, "patient_id", Type::Utf8);
    const data::Array& codes = column_of_type(rows, "loinc", Type::Utf8);
    const data::Array& times = column_of_type(rows, "observed_at", Type::Timestamp);
    const data::Array& value_column = column_of_type(rows, "value_standard", Type::Float64);
    const auto values = value_column.values<double>();
    const bool has_units = rows.has_column("unit_standard");
    const data::Array* units = has_units ? &column_of_type(rows, "unit_standard", Type::Utf8) : nullptr;
    const bool has_comparators = rows.has_column("comparator");
    const data::Array* comparators = has_comparators ? &column_of_type(rows, "comparator", Type::Utf8) : nullptr;
    const RulesOfCode known = by_code(rules);
    TextNumbers patient_numbers;
    TextNumbers unit_numbers;
    std::vector<ComparedResult> found;
    for (index row = 0; row < rows.num_rows(); ++row) {
        if (codes.is_null(row) || patients.is_null(row) || times.is_null(row) || value_column.is_null(row)) continue;
        if (comparators != nullptr && comparators->is_valid(row) && !comparators->text(row).empty()) continue;
        const auto of_code = known.find(codes.text(row));
        if (of_code == known.end()) continue;
        const double value = values[static_cast<std::size_t>(row)];
        if (!std::isfinite(value)) continue;
        const std::string_view unit = units != nullptr && units->is_valid(row) ? units->text(row) : std::string_view{};
        for (const std::uint32_t rule : of_code->second) {
            if (!rules[rule].unit.empty() && rules[rule].unit != unit) continue;
            const std::int64_t at = times.get<Timestamp>(row)->micros();
            found.push_back({patient_numbers[patients.text(row)], rule, unit_numbers[unit], at, row, value});
        }
    }
    return found;
}

}  // namespace

std::vector<data::QualityCheck> delta_checks(const data::Table& rows, std::span<const DeltaRule> rules,
                                             const std::string& source_column) {
    const data::Array* sources = source_column.empty() ? nullptr : &column_of_type(rows, source_column, Type::Utf8);
    std::vector<ComparedResult> results = results_with_rules(rows, rules);
    std::sort(results.begin(), results.end());
    std::map<std::string_view, std::pair<index, index>> counts;
    for (std::size_t i = 1; i < results.size(); ++i) {
        const ComparedResult& last = results[i - 1];
        const ComparedResult& result = results[i];
        if (last.series() != result.series()) continue;
        const double days = static_cast<double>(result.at - last.at) / kMicrosOfDay;
        const DeltaCheck check = delta_check(last.value, result.value, days, rules[result.rule].limits);
        if (!check.compared) continue;
        const bool named = sources != nullptr && sources->is_valid(result.row);
        auto& [checked, failed] = counts[named ? sources->text(result.row) : std::string_view{}];
        ++checked;
        failed += check.failed;
    }
    std::vector<data::QualityCheck> found;
    for (const auto& [source, count] : counts) {
        found.push_back({std::string(source), "plausibility", "delta", count.first, count.second});
    }
    return found;
}

}  // namespace assay::features
