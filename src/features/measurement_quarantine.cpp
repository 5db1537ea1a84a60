#include "assay/features/measurement_quarantine.hpp"

#include "assay/base/error.hpp"
#include "assay/features/detail/measurement_quarantine_builder.hpp"

namespace assay::features {

const data::TableSchema& measurement_quarantine_schema() {
    static const data::TableSchema kSchema = [] {
        const auto field = [](const char* name, data::Type type, bool nullable, const char* description) {
            data::Field out;
            out.name = name;
            out.type = type;
            out.nullable = nullable;
            out.description = description;
            return out;
        };
        using data::Type;
        return data::TableSchema{
            field("patient_id", Type::Utf8, true, "null where the input had none"),
            field("observed_at", Type::Timestamp, true, "null where the input had none"),
            field("measurement", Type::Utf8, true, "column or item; null where a refused row held no measurement"),
            field("value", Type::Float64, true, "as reported"),
            field("unit", Type::Utf8, true, "as reported, or the column's"),
            field("rule", Type::Utf8, false, "id of the rule that failed"),
            field("likely_cause", Type::Utf8, true, "null where none is known"),
            field("source_row", Type::Int64, false, "row of the input from 0, or its source_row"),
        };
    }();
    return kSchema;
}

std::map<std::string, index> counts_by_rule(const data::Table& quarantine) {
    std::map<std::string, index> counts;
    const data::Array& rules = quarantine.column("rule");
    for (index i = 0; i < rules.size(); ++i) ++counts[std::string(rules.text(i))];
    return counts;
}

void expect_conserved(const MeasurementCounts& counts) {
    if (counts.measurements_read == counts.measurements_accepted + counts.measurements_quarantined &&
        counts.rows_read == counts.rows_accepted + counts.rows_merged + counts.rows_quarantined) {
        return;
    }
    throw StateError("measurements: expected " + std::to_string(counts.measurements_read) + " measurements of " +
                     std::to_string(counts.rows_read) + " rows to be accepted or quarantined, got " +
                     std::to_string(counts.measurements_accepted) + " + " +
                     std::to_string(counts.measurements_quarantined) + " of " + std::to_string(counts.rows_accepted) +
                     " + " + std::to_string(counts.rows_merged) + " + " + std::to_string(counts.rows_quarantined) +
                     " rows; please report this defect");
}

namespace detail {
namespace {

void append_or_null(data::TextBuilder& builder, std::string_view text) {
    text.empty() ? builder.append_null() : builder.append(text);
}

}  // namespace

void MeasurementQuarantineBuilder::append(const QuarantinedMeasurement& refused) {
    append_or_null(patient_id_, refused.patient_id);
    observed_at_.append(refused.observed_at);
    append_or_null(measurement_, refused.measurement);
    value_.append(refused.value);
    append_or_null(unit_, refused.unit);
    rule_.append(refused.rule);
    append_or_null(likely_cause_, refused.likely_cause);
    source_row_.append(refused.source_row);
}

data::Table MeasurementQuarantineBuilder::finish() {
    return data::Table(measurement_quarantine_schema(),
                       {patient_id_.finish(), observed_at_.finish(), measurement_.finish(), value_.finish(),
                        unit_.finish(), rule_.finish(), likely_cause_.finish(), source_row_.finish()});
}

}  // namespace detail
}  // namespace assay::features
