#include "data/laboratory/result_columns.hpp"

#include <unordered_map>
#include <utility>

#include "assay/data/select.hpp"
#include "data/laboratory/words.hpp"

namespace assay::data::laboratory {
namespace {

void append_text(TextBuilder& builder, std::string_view text) {
    text.empty() ? builder.append_null() : builder.append(text);
}

bool is_open(std::string_view status) { return status == "registered" || status == "preliminary"; }

bool is_settled(std::string_view status) { return status == "final" || is_correction(status); }

/// Timestamps are built as int64.
Array as_timestamps(Array column) {
    return Array(Type::Timestamp, column.size(), column.buffers(), column.null_count());
}

}  // namespace

void ResultColumns::append(const ResultRow& row) {
    result_id_.append(row.result_id);
    patient_id_.append(row.patient_id);
    append_text(order_id_, row.order_id);
    append_text(specimen_id_, row.specimen_id);
    append_text(specimen_, row.specimen);
    observed_at_.append(row.observed_at.micros());
    reported_at_.append(row.reported_at ? std::optional(row.reported_at->micros()) : std::nullopt);
    append_text(local_code_, row.local_code);
    append_text(test_name_, row.test_name);
    append_text(loinc_, row.loinc);
    append_text(comparator_, row.comparator);
    value_.append(row.value);
    append_text(text_, row.text);
    append_text(unit_, row.unit);
    reference_low_.append(row.reference_low);
    reference_high_.append(row.reference_high);
    append_text(flag_, row.flag);
    append_text(status_, row.status);
    append_text(absent_reason_, row.absent_reason);
    append_text(device_id_, row.device_id);
    append_text(location_, row.location);
    append_text(source_file_, row.source_file);
    source_line_.append(row.source_line);
}

Table ResultColumns::finish() {
    std::vector<Array> columns;
    columns.push_back(result_id_.finish());
    columns.push_back(patient_id_.finish());
    columns.push_back(order_id_.finish());
    columns.push_back(specimen_id_.finish());
    columns.push_back(specimen_.finish());
    columns.push_back(as_timestamps(observed_at_.finish()));
    columns.push_back(as_timestamps(reported_at_.finish()));
    columns.push_back(local_code_.finish());
    columns.push_back(test_name_.finish());
    columns.push_back(loinc_.finish());
    columns.push_back(comparator_.finish());
    columns.push_back(value_.finish());
    columns.push_back(text_.finish());
    columns.push_back(unit_.finish());
    columns.push_back(reference_low_.finish());
    columns.push_back(reference_high_.finish());
    columns.push_back(flag_.finish());
    columns.push_back(status_.finish());
    columns.push_back(absent_reason_.finish());
    columns.push_back(device_id_.finish());
    columns.push_back(location_.finish());
    columns.push_back(source_file_.finish());
    columns.push_back(source_line_.finish());
    return Table(LaboratoryResults::table_schema(), std::move(columns));
}

void RefusedRows::append(const Refusal& refusal) {
    files_.append(refusal.file);
    lines_.append(refusal.line);
    offsets_.append(refusal.byte_offset);
    lengths_.append(static_cast<std::int64_t>(refusal.raw.size()));
    rules_.append(refusal.rules);
    columns_.append(refusal.columns);
    raw_.append(refusal.raw);
}

Quarantine RefusedRows::finish() {
    std::vector<Array> columns;
    columns.push_back(files_.finish());
    columns.push_back(lines_.finish());
    columns.push_back(offsets_.finish());
    columns.push_back(lengths_.finish());
    columns.push_back(rules_.finish());
    columns.push_back(columns_.finish());
    columns.push_back(raw_.finish());
    return Quarantine(Table(Quarantine::schema(), std::move(columns)));
}

Corrected last_words(const Table& rows, const std::vector<std::optional<Timestamp>>& said_at,
                     const std::vector<index>& identities) {
    const Array& statuses = rows.column("status");
    const auto status = [&](index row) { return statuses.is_null(row) ? std::string_view() : statuses.text(row); };
    std::vector<index> last;  // row of each result
    std::vector<index> superseded;
    for (index row = 0; row < rows.num_rows(); ++row) {
        const auto result = static_cast<std::size_t>(identities[static_cast<std::size_t>(row)]);
        if (result >= last.size()) last.resize(result + 1, -1);
        index& best = last[result];
        if (best < 0) {
            best = row;
            continue;
        }
        const auto& before = said_at[static_cast<std::size_t>(best)];
        const auto& now = said_at[static_cast<std::size_t>(row)];
        const bool told = before && now && *now != *before;
        const bool older = told ? *now < *before : is_open(status(row)) && is_settled(status(best));
        superseded.push_back(older ? row : std::exchange(best, row));
    }
    if (superseded.empty()) return {rows, Table::empty(rows.schema())};
    std::vector<std::uint8_t> keep(static_cast<std::size_t>(rows.num_rows()), 1);
    for (const index row : superseded) keep[static_cast<std::size_t>(row)] = 0;
    Corrected out;
    out.rows = filter(rows, keep);
    for (std::uint8_t& each : keep) each = each == 0 ? 1 : 0;
    out.superseded = filter(rows, keep);
    return out;
}

Corrected last_words(const Table& rows, const std::vector<std::optional<Timestamp>>& said_at) {
    const Array& ids = rows.column("result_id");
    std::unordered_map<std::string_view, index> known;
    std::vector<index> identities;
    identities.reserve(static_cast<std::size_t>(rows.num_rows()));
    for (index row = 0; row < rows.num_rows(); ++row) {
        identities.push_back(known.emplace(ids.text(row), static_cast<index>(known.size())).first->second);
    }
    return last_words(rows, said_at, identities);
}

}  // namespace assay::data::laboratory
