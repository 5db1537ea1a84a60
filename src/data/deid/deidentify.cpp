#include "assay/data/deid/deidentify.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/deid/date_shift.hpp"
#include "assay/data/deid/identifier_scan.hpp"
#include "assay/data/deid/pseudonymiser.hpp"
#include "assay/data/deid/safe_harbor.hpp"
#include "assay/data/deid/vault.hpp"
#include "assay/data/select.hpp"

namespace assay::data {
namespace {

constexpr std::array<std::string_view, 10> role_names{"identifier", "date",      "year", "birth_date", "age",
                                                      "zip",        "free_text", "name", "keep",       "drop"};

const ColumnPlan& plan_of(const DeidPlan& plan, const std::string& column) {
    const auto found = plan.columns.find(column);
    if (found == plan.columns.end()) {
        throw SchemaError("deidentify: expected a role for every column, got none for '" + column +
                          "'; nothing passes by default: say keep, drop or what it is");
    }
    return found->second;
}

Pseudonymiser pseudonymiser_of(const ColumnPlan& column, const std::string& name, const DeidKey& key) {
    return {key, column.purpose.empty() ? name : column.purpose, column.fold_case};
}

const std::string& purpose_of(const ColumnPlan& column, const std::string& name) {
    return column.purpose.empty() ? name : column.purpose;
}

Array constant_text(const std::string& text, index rows) {
    TextBuilder out;
    for (index row = 0; row < rows; ++row) out.append(std::string_view(text));
    return out.finish();
}

/// Everything that goes through a table once.
class Deidentification {
  public:
    Deidentification(const Table& table, const DeidPlan& plan, const DeidKey& key, Vault* vault)
        : table_(table), plan_(plan), key_(key), vault_(vault) {
        for (const Field& field : table.schema()) {
            const ColumnPlan& column = plan_of(plan, field.name);
            if (field.name == key_id_column) {
                throw SchemaError("deidentify: expected rows as they came, got a column '" + field.name +
                                  "': these are de-identified already; rotate() changes their key");
            }
            if (column.role == ColumnRole::name) names_.push_back(table.column(field.name));
            if (column.role == ColumnRole::identifier) ids_.push_back(table.column(field.name));
        }
    }

    Deidentified run() {
        begin_findings();
        for (const Field& field : table_.schema()) add(field);
        Field key_field{.name = std::string(key_id_column), .type = Type::Utf8, .nullable = false};
        key_field.description = "the key of tokens and dates";
        put(std::move(key_field), constant_text(key_.key_id(), table_.num_rows()));
        out_.rows = Table(TableSchema(std::move(fields_)), std::move(columns_));
        finish_findings();
        return std::move(out_);
    }

  private:
    void put(Field field, Array column) {
        field.type = column.type();
        if (column.null_count() > 0) field.nullable = true;
        fields_.push_back(std::move(field));
        columns_.push_back(std::move(column));
    }

    void add(const Field& field) {
        const ColumnPlan& plan = plan_of(plan_, field.name);
        const Array& column = table_.column(field.name);
        ColumnOutcome outcome{field.name, plan.role, column.size() - column.null_count()};
        if (plan.role == ColumnRole::name || plan.role == ColumnRole::drop) {
            outcome.changed = outcome.values;
        } else {
            Array changed = changed_column(field, plan, column, outcome);
            outcome.removed = changed.null_count() - column.null_count();
            put(described(field, plan.role), std::move(changed));
        }
        out_.columns.push_back(std::move(outcome));
    }

    Array changed_column(const Field& field, const ColumnPlan& plan, const Array& column, ColumnOutcome& outcome) {
        if (plan.role == ColumnRole::keep) return column;
        if (plan.role == ColumnRole::free_text) return redacted(field.name, column, outcome);
        outcome.changed = outcome.values;
        switch (plan.role) {
            case ColumnRole::identifier:
                return tokens(field.name, plan, column);
            case ColumnRole::date:
                return DateShift(key_, plan_.most_days, plan_.keep_weekday).shift(column, patients(field.name));
            case ColumnRole::year:
                return years(column);
            case ColumnRole::birth_date:
                return birth_years(column, as_of(field.name));
            case ColumnRole::age:
                return cap_ages(column);
            default:
                return zip3(column);
        }
    }

    Array tokens(const std::string& name, const ColumnPlan& plan, const Array& column) {
        const Pseudonymiser pseudonymiser = pseudonymiser_of(plan, name, key_);
        Array out = pseudonymiser.tokens(column);
        if (vault_ != nullptr) vault_->add(purpose_of(plan, name), key_.key_id(), column, out, plan.fold_case);
        return out;
    }

    /// Tokens, not identifiers, so that rows under one key can be brought under another.
    const Array& patients(const std::string& asking) {
        if (patients_) return *patients_;
        const auto found = plan_.columns.find(plan_.patient);
        if (!table_.has_column(plan_.patient) || found == plan_.columns.end() ||
            found->second.role != ColumnRole::identifier) {
            throw SchemaError("deidentify: expected an identifier '" + plan_.patient + "' whose dates move together, " +
                              "got none, for the date '" + asking + "'; name it as `patient`, or keep the year alone");
        }
        patients_ = pseudonymiser_of(found->second, plan_.patient, key_).tokens(table_.column(plan_.patient));
        return *patients_;
    }

    Date as_of(const std::string& asking) const {
        if (plan_.as_of) return *plan_.as_of;
        throw ValueError("deidentify: expected as_of, the day on which ages count, got none, for '" + asking + "'");
    }

    Array redacted(const std::string& name, const Array& column, ColumnOutcome& outcome) {
        RedactedText text = redact(column, names_, ids_);
        const auto rows = text.findings.column("row").values<std::int64_t>();
        for (std::size_t i = 0; i < rows.size(); ++i) outcome.changed += i == 0 || rows[i] != rows[i - 1] ? 1 : 0;
        for (const auto& [kind, count] : text.counts_by_kind) out_.counts_by_kind[kind] += count;
        found_.push_back(text.findings.with_column({.name = "column", .type = Type::Utf8, .nullable = false},
                                                   constant_text(name, text.findings.num_rows())));
        return std::move(text.text);
    }

    static Field described(const Field& field, ColumnRole role) {
        Field out{.name = field.name, .type = field.type, .nullable = field.nullable};
        if (role == ColumnRole::keep) return field;
        constexpr std::string_view texts[] = {"pseudonym",
                                              "moved by the patient's number of days",
                                              "year",
                                              "year of birth; that of the oldest stands for all born before",
                                              "years; 90 stands for 90 or older",
                                              "first three digits; 000 where few people live",
                                              "identifiers that were found stand as their kind in brackets"};
        out.description = texts[static_cast<std::size_t>(role)];
        return out;
    }

    void begin_findings() { found_.push_back(empty_findings()); }

    static Table empty_findings() {
        const RedactedText none = redact(Array::nulls(Type::Utf8, 0), {}, {});
        return none.findings.with_column({.name = "column", .type = Type::Utf8, .nullable = false},
                                         constant_text({}, 0));
    }

    void finish_findings() {
        const std::vector<std::string> order{"column", "row", "kind", "begin", "end"};
        out_.findings = concat(found_).select(order);
    }

    const Table& table_;
    const DeidPlan& plan_;
    const DeidKey& key_;
    Vault* vault_;
    std::vector<Array> names_, ids_;
    std::optional<Array> patients_;
    std::vector<Field> fields_;
    std::vector<Array> columns_;
    std::vector<Table> found_;
    Deidentified out_;
};

void expect_key_id(const Table& rows, const DeidKey& from) {
    if (!rows.has_column(key_id_column)) {
        throw SchemaError("rotate: expected de-identified rows with a column '" + std::string(key_id_column) +
                          "', got none");
    }
    const Array& ids = rows.column(key_id_column);
    for (index row = 0; row < ids.size(); ++row) {
        if (ids.is_null(row) || ids.text(row) != from.key_id()) {
            throw ValueError("rotate: expected rows of the key '" + from.key_id() + "', got another in row " +
                             std::to_string(row) + "; rotate the rows of each key by themselves");
        }
    }
}

Array rotated_tokens(const Array& tokens, const std::string& name, const ColumnPlan& plan, Vault& vault,
                     const DeidKey& from, const DeidKey& to) {
    const std::string& purpose = purpose_of(plan, name);
    const Array identifiers = vault.find(purpose, from.key_id(), tokens);
    if (const index unknown = identifiers.null_count() - tokens.null_count(); unknown > 0) {
        throw ValueError("rotate: expected every token in the vault, got " + std::to_string(unknown) + " of '" + name +
                         "' that are not; is it the vault that was filled with these rows?");
    }
    Array out = pseudonymiser_of(plan, name, to).tokens(identifiers);
    vault.add(purpose, to.key_id(), identifiers, out, plan.fold_case);
    return out;
}

}  // namespace

std::string_view name_of(ColumnRole role) { return role_names[static_cast<std::size_t>(role)]; }

ColumnRole role_from_name(std::string_view name) {
    const auto found = std::find(role_names.begin(), role_names.end(), name);
    if (found != role_names.end()) return static_cast<ColumnRole>(found - role_names.begin());
    std::string names;
    for (const std::string_view role : role_names) names += (names.empty() ? "" : ", ") + std::string(role);
    throw ValueError("deidentify: expected a role among " + names + ", got another");
}

Deidentified deidentify(const Table& table, const DeidPlan& plan, const DeidKey& key, Vault* vault) {
    return Deidentification(table, plan, key, vault).run();
}

Table rotate(const Table& rows, const DeidPlan& plan, Vault& vault, const DeidKey& from, const DeidKey& to) {
    expect_key_id(rows, from);
    Table out = rows;
    for (const Field& field : rows.schema()) {
        if (field.name == key_id_column) continue;
        const ColumnPlan& column = plan_of(plan, field.name);
        if (column.role != ColumnRole::identifier) continue;
        out = out.with_column(field, rotated_tokens(rows.column(field.name), field.name, column, vault, from, to));
    }
    const DateShift before(from, plan.most_days, plan.keep_weekday), after(to, plan.most_days, plan.keep_weekday);
    for (const Field& field : rows.schema()) {
        if (field.name == key_id_column || plan_of(plan, field.name).role != ColumnRole::date) continue;
        const Array true_dates = before.unshift(rows.column(field.name), rows.column(plan.patient));
        out = out.with_column(field, after.shift(true_dates, out.column(plan.patient)));
    }
    const index at = *out.schema().find(key_id_column);
    return out.with_column(out.schema()[at], constant_text(to.key_id(), out.num_rows()));
}

}  // namespace assay::data
