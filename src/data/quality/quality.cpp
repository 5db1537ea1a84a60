#include "assay/data/quality.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "assay/base/error.hpp"
#include "data/quality/checks.hpp"

namespace assay::data {
namespace {

bool fits(const RowCountCheck& check, index rows) {
    return rows >= check.at_least.value_or(0) && (!check.at_most || rows <= *check.at_most);
}

RuleResult apply(const Table& table, const QualityRule& rule) {
    RuleResult out;
    out.id = rule.id;
    out.severity = rule.severity;
    out.description = detail::describe(table, rule.check);
    out.checked = table.num_rows();
    if (const auto* count = std::get_if<RowCountCheck>(&rule.check)) {
        out.passed = fits(*count, table.num_rows());
        return out;
    }
    out.failing_rows = std::visit(
        [&](const auto& check) -> std::vector<index> {
            if constexpr (std::is_same_v<std::decay_t<decltype(check)>, RowCountCheck>) {
                return {};
            } else {
                return detail::failing_rows(table, check);
            }
        },
        rule.check);
    out.passed = out.failing_rows.empty();
    return out;
}

}  // namespace

std::string_view name_of(RuleSeverity severity) noexcept {
    switch (severity) {
        case RuleSeverity::Info:
            return "info";
        case RuleSeverity::Warning:
            return "warning";
        default:
            return "error";
    }
}

bool QualityReport::passed() const noexcept {
    return std::none_of(results.begin(), results.end(),
                        [](const RuleResult& r) { return !r.passed && r.severity == RuleSeverity::Error; });
}

QualityReport check_quality(const Table& table, std::span<const QualityRule> rules, std::string name) {
    QualityReport report;
    report.table = std::move(name);
    report.rows = table.num_rows();
    std::unordered_set<std::string_view> ids;
    for (const QualityRule& rule : rules) {
        if (rule.id.empty() || !ids.insert(rule.id).second) {
            throw ValueError("quality: expected one id for each rule, got '" + rule.id + "' twice or empty");
        }
        report.results.push_back(apply(table, rule));
    }
    return report;
}

std::vector<QualityRule> rules_of(const TableSchema& schema) {
    std::vector<QualityRule> rules;
    for (const Field& field : schema) {
        if (!field.nullable)
            rules.push_back({field.name + ".required", RuleSeverity::Error, RequiredCheck{field.name}});
        if (field.outlier) {
            rules.push_back({field.name + ".impossible", RuleSeverity::Error, RangeCheck{field.name, *field.outlier}});
        }
        if (field.valid) {
            rules.push_back({field.name + ".implausible", RuleSeverity::Warning, RangeCheck{field.name, *field.valid}});
        }
    }
    return rules;
}

std::string to_json(const QualityReport& report) {
    nlohmann::ordered_json rules = nlohmann::ordered_json::array();
    for (const RuleResult& r : report.results) {
        const bool counts_table = r.failing_rows.empty() && !r.passed;
        rules.push_back({{"id", r.id},
                         {"severity", name_of(r.severity)},
                         {"description", r.description},
                         {"checked", r.checked},
                         {"failed", counts_table ? index{1} : static_cast<index>(r.failing_rows.size())},
                         {"passed", r.passed},
                         {"failing_rows", r.failing_rows}});
    }
    const nlohmann::ordered_json out = {
        {"table", report.table}, {"rows", report.rows}, {"passed", report.passed()}, {"rules", std::move(rules)}};
    return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace assay::data
