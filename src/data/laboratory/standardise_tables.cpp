#include "standardise_tables.hpp"

#include <array>
#include <cstring>
#include <limits>
#include <string>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/select.hpp"

namespace assay::data::detail {
namespace {

constexpr index kSpreadRows = 1 << 16;

/// A text column of the input at these rows; nulls where the input lacks it.
Array texts_at(const Table& rows, std::string_view name, std::span<const index> at) {
    if (!rows.has_column(name)) return Array::nulls(Type::Utf8, static_cast<index>(at.size()));
    return cast(take(rows.column(name), at), Type::Utf8);
}

Field text_field(std::string name) { return {.name = std::move(name), .type = Type::Utf8}; }
Field count_field(std::string name) { return {.name = std::move(name), .type = Type::Int64, .nullable = false}; }

void append_or_null(TextBuilder& builder, std::string_view text) {
    text.empty() ? builder.append_null() : builder.append(text);
}

}  // namespace

Array spread_text(std::span<const std::uint32_t> of_row, std::span<const std::string_view> texts,
                  std::span<const std::uint8_t> remarks, std::uint8_t remark) {
    const auto rows = static_cast<index>(of_row.size());
    const auto text_of = [&](std::size_t row) {
        return (remarks[row] & remark) == remark ? texts[of_row[row]] : std::string_view{};
    };
    const index blocks = (rows + kSpreadRows - 1) / kSpreadRows;
    std::vector<std::int64_t> begins(static_cast<std::size_t>(blocks) + 1, 0);
    std::vector<index> nulls(static_cast<std::size_t>(blocks), 0);
    parallel_for(rows, kSpreadRows, [&](index begin, index end) {
        std::int64_t length = 0;
        index empty = 0;
        for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row) {
            const std::size_t size = text_of(row).size();
            length += static_cast<std::int64_t>(size);
            empty += size == 0;
        }
        begins[static_cast<std::size_t>(begin / kSpreadRows) + 1] = length;
        nulls[static_cast<std::size_t>(begin / kSpreadRows)] = empty;
    });
    index null_count = 0;
    for (std::size_t b = 0; b < nulls.size(); ++b) {
        begins[b + 1] += begins[b];
        null_count += nulls[b];
    }
    if (begins.back() > std::numeric_limits<std::int32_t>::max()) {
        throw ValueError("standardise_results: expected at most 2 GiB of text in one column; give the rows in parts");
    }
    MutableBuffer characters(begins.back());
    MutableBuffer offsets((rows + 1) * static_cast<index>(sizeof(std::int32_t)));
    MutableBuffer validity((rows + 7) / 8);
    auto* starts = offsets.as<std::int32_t>();
    starts[0] = 0;
    // Blocks are whole bytes of validity.
    parallel_for(rows, kSpreadRows, [&](index begin, index end) {
        std::int64_t at = begins[static_cast<std::size_t>(begin / kSpreadRows)];
        auto* bits = validity.as<std::uint8_t>() + begin / 8;
        std::memset(bits, 0, static_cast<std::size_t>((end - begin + 7) / 8));
        for (index row = begin; row < end; ++row) {
            const std::string_view text = text_of(static_cast<std::size_t>(row));
            if (!text.empty()) {
                std::memcpy(characters.as<char>() + at, text.data(), text.size());
                set_bit(bits, row - begin);
            }
            at += static_cast<std::int64_t>(text.size());
            starts[row + 1] = static_cast<std::int32_t>(at);
        }
    });
    return Array(Type::Utf8, rows,
                 {null_count == 0 ? Buffer() : std::move(validity).freeze(), std::move(characters).freeze(),
                  std::move(offsets).freeze()},
                 null_count);
}

Table refused_table(const Table& rows, std::span<const index> refused, std::span<const Outcome> outcomes) {
    ArrayBuilder<std::int64_t> positions;
    TextBuilder rules;
    TextBuilder causes;
    TextBuilder columns;
    for (const index row : refused) {
        const auto outcome = static_cast<std::size_t>(outcomes[static_cast<std::size_t>(row)]);
        const StandardisationRule& rule = standardisation_rules()[outcome];
        positions.append(row);
        rules.append(rule.id);
        causes.append(rule.likely_cause);
        columns.append(rule.column);
    }
    Table out(
        TableSchema{text_field("result_id"), count_field("row"), text_field("rule"), text_field("likely_cause"),
                    text_field("column")},
        {texts_at(rows, "result_id", refused), positions.finish(), rules.finish(), causes.finish(), columns.finish()});
    for (const char* name : {"local_code", "test_name", "loinc"}) {
        out = out.with_column(text_field(name), texts_at(rows, name, refused));
    }
    out = out.with_column({.name = "value", .type = Type::Float64},
                          cast(take(rows.column("value"), refused), Type::Float64));
    for (const char* name : {"unit", "source_file"})
        out = out.with_column(text_field(name), texts_at(rows, name, refused));
    const Array lines = rows.has_column("source_line") ? cast(take(rows.column("source_line"), refused), Type::Int64)
                                                       : Array::nulls(Type::Int64, static_cast<index>(refused.size()));
    return out.with_column({.name = "source_line", .type = Type::Int64}, lines);
}

Table tests_table(const Table& rows, const TestGroups& groups, std::span<const TestPlan> plans,
                  std::span<const Outcome> outcomes) {
    std::vector<std::int64_t> read(plans.size(), 0);
    std::vector<std::int64_t> refused(plans.size(), 0);
    for (std::size_t row = 0; row < outcomes.size(); ++row) {
        ++read[groups.of_row[row]];
        refused[groups.of_row[row]] += outcomes[row] < Outcome::value_implausible;
    }
    constexpr std::size_t kTexts = 9;
    std::array<TextBuilder, kTexts> texts;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        const TestKey& key = groups.keys[i];
        const TestPlan& plan = plans[i];
        const std::string_view by = plan.loinc.empty() ? "" : plan.from_map ? "map" : "source";
        const std::string_view rule =
            plan.outcome == Outcome::kept ? "" : standardisation_rules()[static_cast<std::size_t>(plan.outcome)].id;
        const std::string_view name =
            rows.has_column("test_name") && rows.column("test_name").is_valid(groups.first_rows[i])
                ? rows.column("test_name").text(groups.first_rows[i])
                : std::string_view{};
        const std::array<std::string_view, kTexts> values = {
            key.local_code, name, plan.loinc, by, key.unit, plan.unit_read, plan.read_by, plan.unit_standard, rule};
        for (std::size_t t = 0; t < kTexts; ++t) append_or_null(texts[t], values[t]);
    }
    std::vector<Field> fields;
    for (const char* name : {"local_code", "test_name", "loinc", "loinc_by", "unit", "unit_read", "unit_read_by",
                             "unit_standard", "rule"}) {
        fields.push_back(text_field(name));
    }
    fields.push_back(count_field("rows"));
    fields.push_back(count_field("refused"));
    std::vector<Array> columns;
    for (TextBuilder& text : texts) columns.push_back(text.finish());
    columns.push_back(Array::of<std::int64_t>(std::span<const std::int64_t>(read)));
    columns.push_back(Array::of<std::int64_t>(std::span<const std::int64_t>(refused)));
    return Table(TableSchema(std::move(fields)), std::move(columns));
}

}  // namespace assay::data::detail
