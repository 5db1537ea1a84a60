#include "assay/data/laboratory/standardise.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/lab_results.hpp"
#include "assay/data/select.hpp"
#include "standardise_groups.hpp"
#include "standardise_tables.hpp"

namespace assay::data {
namespace {

using detail::Outcome;
using detail::TestPlan;

constexpr index kRowsOfBlock = 1 << 16;

const Array& need_text(const Table& rows, std::string_view name) {
    const Array& column = rows.column(name);
    if (column.type() == Type::Utf8) return column;
    throw SchemaError("standardise_results: expected text in column '" + std::string(name) + "', got " +
                      std::string(name_of(column.type())));
}

/// A column that a source may lack; its nulls where it does.
Array text_or_nulls(const Table& rows, std::string_view name) {
    return rows.has_column(name) ? need_text(rows, name) : Array::nulls(Type::Utf8, rows.num_rows());
}

bool has_text(const Array& column, index row) { return column.is_valid(row) && !column.text(row).empty(); }

/// What became of every row, and its value in the standard unit.
struct Judged {
    std::vector<Outcome> outcomes;      ///< the refusing rule, or kept
    std::vector<std::uint8_t> remarks;  ///< of kept rows: bits of Remark
    MutableBuffer values;               ///< double, unspecified where there is none
};
enum Remark : std::uint8_t { is_number = 1, is_implausible = 2, has_limits = 4, is_text = 8, is_absent = 16 };

class RowJudge {
  public:
    RowJudge(const Table& rows, const detail::TestGroups& groups, const std::vector<TestPlan>& plans)
        : groups_(groups),
          plans_(plans),
          value_(cast(rows.column("value"), Type::Float64)),
          text_(text_or_nulls(rows, "text")),
          absent_(text_or_nulls(rows, "absent_reason")),
          comparator_(text_or_nulls(rows, "comparator")),
          status_(text_or_nulls(rows, "status")) {}

    Judged all() const {
        const index n = value_.size();
        Judged out;
        out.outcomes.assign(static_cast<std::size_t>(n), Outcome::kept);
        out.remarks.assign(static_cast<std::size_t>(n), 0);
        out.values.resize(n * static_cast<index>(sizeof(double)));
        const auto values = value_.values<double>();
        auto* standard = out.values.as<double>();
        parallel_for(n, kRowsOfBlock, [&](index begin, index end) {
            for (index row = begin; row < end; ++row) {
                const auto at = static_cast<std::size_t>(row);
                standard[at] = 0;
                out.outcomes[at] = is_withdrawn(row)     ? Outcome::status_withdrawn
                                   : value_.is_null(row) ? without_number(row, out.remarks[at])
                                                         : number(row, values[at], standard[at], out.remarks[at]);
            }
        });
        return out;
    }

  private:
    bool is_withdrawn(index row) const {
        if (status_.is_null(row)) return false;
        const std::string_view status = status_.text(row);
        return status == "cancelled" || status == "entered-in-error";
    }

    Outcome without_number(index row, std::uint8_t& remarks) const {
        if (has_text(text_, row)) {
            remarks = is_text;
        } else if (has_text(absent_, row)) {
            remarks = is_absent;
        } else {
            return Outcome::value_missing;
        }
        return Outcome::kept;
    }

    Outcome number(index row, double value, double& standard, std::uint8_t& remarks) const {
        if (!std::isfinite(value)) return Outcome::value_not_finite;
        const TestPlan& plan = plans_[groups_.of_row[static_cast<std::size_t>(row)]];
        if (plan.outcome != Outcome::kept) return plan.outcome;
        if (plan.decreasing && has_text(comparator_, row)) return Outcome::comparator_reversed;
        standard = (*plan.convert)(value);
        remarks = is_number;
        if (!plan.limits) return Outcome::kept;
        if (!plan.limits->possible.contains(standard)) return Outcome::value_impossible;
        if (plan.limits->plausible) {
            remarks |= has_limits;
            if (!plan.limits->plausible->contains(standard)) remarks |= is_implausible;
        }
        return Outcome::kept;
    }

    const detail::TestGroups& groups_;
    const std::vector<TestPlan>& plans_;
    Array value_;
    Array text_;
    Array absent_;
    Array comparator_;
    Array status_;
};

void count(const Judged& judged, const detail::TestGroups& groups, const std::vector<TestPlan>& plans,
           StandardisedResults& out) {
    std::array<index, detail::kOutcomes + 1> counts{};
    const auto add = [&](Outcome outcome) { ++counts[static_cast<std::size_t>(outcome)]; };
    for (std::size_t row = 0; row < judged.outcomes.size(); ++row) {
        add(judged.outcomes[row]);
        if (judged.outcomes[row] != Outcome::kept) continue;
        const TestPlan& plan = plans[groups.of_row[row]];
        if (judged.remarks[row] & is_implausible) add(Outcome::value_implausible);
        if (judged.remarks[row] & is_text) add(Outcome::value_text);
        if (judged.remarks[row] & is_absent) add(Outcome::value_absent);
        if (plan.invalid_code) add(Outcome::loinc_invalid);
        if (plan.loinc.empty()) add(Outcome::loinc_unmapped);
    }
    for (std::size_t rule = 0; rule < detail::kOutcomes; ++rule) {
        if (counts[rule] > 0) out.counts[std::string(standardisation_rules()[rule].id)] = counts[rule];
    }
}

Array column_of(MutableBuffer values, const Judged& judged) {
    detail::ValidityBuilder validity;
    for (std::size_t row = 0; row < judged.remarks.size(); ++row) {
        validity.append_valid(static_cast<index>(row));
        if (!(judged.remarks[row] & is_number)) validity.mark_null(static_cast<index>(row));
    }
    const index nulls = validity.null_count();
    return Array(Type::Float64, static_cast<index>(judged.remarks.size()),
                 {validity.finish(), std::move(values).freeze(), {}}, nulls);
}

Array implausible_column(const Judged& judged) {
    ArrayBuilder<bool> out;
    out.reserve(static_cast<index>(judged.remarks.size()));
    for (const std::uint8_t remarks : judged.remarks) {
        remarks& has_limits ? out.append((remarks & is_implausible) != 0) : out.append_null();
    }
    return out.finish();
}

/// Rows in order; columns are gathered side by side.
Table taken(const Table& table, const std::vector<index>& rows) {
    std::vector<Array> columns(static_cast<std::size_t>(table.num_columns()));
    parallel_for(table.num_columns(), 1, [&](index begin, index end) {
        for (index i = begin; i < end; ++i) columns[static_cast<std::size_t>(i)] = take(table.column(i), rows);
    });
    return Table(table.schema(), std::move(columns));
}

}  // namespace

const std::vector<StandardisationRule>& standardisation_rules() {
    static const std::vector<StandardisationRule> kRules = {
        {"status.withdrawn", true, "status", "the source cancelled the result or entered it in error"},
        {"value.missing", true, "value", "the source sent no value, no text and no reason for their absence"},
        {"value.not_finite", true, "value", "a calculation of the source failed"},
        {"unit.missing", true, "unit", "the source left the unit out, and the quantity needs one"},
        {"unit.unknown", true, "unit", "a spelling that is no unit; name it in the laboratory's own units"},
        {"unit.ambiguous", true, "unit", "the spelling has several meanings; map the test to LOINC"},
        {"unit.other_dimension", true, "unit",
         "the unit measures another kind of quantity than the LOINC code: one is wrong"},
        {"comparator.reversed", true, "comparator", "a limit in a unit that falls as the standard unit rises"},
        {"value.impossible", true, "value",
         "an error code, a shifted decimal point, or another unit than the one named"},
        {"value.implausible", false, "value", "rare; look at the specimen and the unit"},
        {"value.text", false, "value", "a result in words"},
        {"value.absent", false, "value", "the source says why there is no value"},
        {"loinc.invalid", false, "loinc",
         "the source's code is no LOINC code: a typing error, or a spreadsheet's date"},
        {"loinc.unmapped", false, "loinc", "no LOINC code; see assay lims loinc for suggestions"},
    };
    return kRules;
}

StandardisedResults standardise_results(const Table& rows, const StandardiseOptions& options) {
    const Array loincs = text_or_nulls(rows, "loinc");
    const detail::TestGroups groups =
        detail::group_tests(need_text(rows, "local_code"), loincs, need_text(rows, "unit"));
    const detail::TestPlanner planner(options);
    std::vector<TestPlan> plans;
    plans.reserve(groups.keys.size());
    for (const detail::TestKey& key : groups.keys) plans.push_back(planner.plan(key));

    Judged judged = RowJudge(rows, groups, plans).all();
    StandardisedResults out;
    out.rows_read = rows.num_rows();
    count(judged, groups, plans, out);
    std::vector<index> kept;
    std::vector<index> refused;
    for (index row = 0; row < rows.num_rows(); ++row) {
        (judged.outcomes[static_cast<std::size_t>(row)] == Outcome::kept ? kept : refused).push_back(row);
    }
    out.refused = detail::refused_table(rows, refused, judged.outcomes);
    out.tests = detail::tests_table(rows, groups, plans, judged.outcomes);

    const auto spread = [&](std::string_view (*part)(const TestPlan&), std::uint8_t remark) {
        std::vector<std::string_view> texts;
        for (const TestPlan& plan : plans) texts.push_back(part(plan));
        return detail::spread_text(groups.of_row, texts, judged.remarks, remark);
    };
    Table full =
        rows.with_column(LoincCode::field(), spread([](const TestPlan& p) { return std::string_view(p.loinc); }, 0))
            .with_column(ValueStandard::field(), column_of(std::move(judged.values), judged))
            .with_column(UnitStandard::field(),
                         spread([](const TestPlan& p) { return std::string_view(p.unit_standard); }, is_number))
            .with_column(UnitReadBy::field(), spread([](const TestPlan& p) { return p.read_by; }, is_number))
            .with_column(Implausible::field(), implausible_column(judged));
    out.rows = refused.empty() ? std::move(full) : taken(full, kept);
    return out;
}

}  // namespace assay::data
