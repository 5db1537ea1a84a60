#include "data/laboratory/csv_layout.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/laboratory/results.hpp"
#include "assay/data/names.hpp"

namespace assay::data::laboratory {
namespace {

struct UsualNames {
    std::string_view column;
    std::vector<std::string_view> names;  ///< in snake_case, best first
};

/// Sources: exports of laboratory systems, MIMIC-IV, eICU, FHIR and OMOP element names.
const std::vector<UsualNames>& usual_names() {
    static const std::vector<UsualNames> kNames = {
        {"result_id", {"result_id", "labevent_id", "observation_id", "measurement_id", "row_id", "result_number"}},
        {"patient_id",
         {"patient_id", "subject_id", "patient", "mrn", "person_id", "patient_number", "patient_no", "pat_id", "pid"}},
        {"order_id",
         {"order_id", "accession", "accession_number", "accession_no", "order_number", "order_no", "lab_order_id",
          "report_id", "request_id"}},
        {"specimen_id",
         {"specimen_id", "sample_id", "barcode", "specimen_number", "sample_number", "sample_no", "tube_id", "sample"}},
        {"specimen", {"specimen", "specimen_type", "sample_type", "fluid", "material", "matrix", "system"}},
        {"observed_at",
         {"observed_at",
          "collected_at",
          "collection_time",
          "collection_date_time",
          "collection_datetime",
          "charttime",
          "specimen_collected_at",
          "sample_date_time",
          "sample_datetime",
          "sample_time",
          "drawn_at",
          "draw_time",
          "measured_at",
          "effective_date_time",
          "measurement_datetime",
          "timestamp",
          "collection_date",
          "sample_date",
          "datetime",
          "date_time",
          "result_time",
          "test_date",
          "date"}},
        {"reported_at",
         {"reported_at", "storetime", "verified_at", "released_at", "validated_at", "issued", "reported_date",
          "report_time", "report_date", "result_date_time", "result_datetime", "result_date", "verified_date"}},
        {"local_code",
         {"local_code", "test_code", "itemid", "item_id", "analyte_code", "assay_code", "component_code",
          "measurement_source_value", "code"}},
        {"test_name",
         {"test_name", "test", "analyte", "component", "component_name", "label", "lab_name", "assay", "parameter",
          "examination", "test_description"}},  // no bare "name": it may be the patient's
        {"loinc", {"loinc", "loinc_code", "loinc_num"}},
        {"comparator", {"comparator", "operator", "qualifier"}},
        {"value",
         {"value", "result", "result_value", "value_text", "measured_value", "observation_value", "test_result"}},
        {"value_number",
         {"value_number", "valuenum", "value_num", "numeric_result", "numeric_value", "value_as_number",
          "result_numeric", "lab_result"}},
        {"text", {"text", "result_text", "value_string", "comments", "comment", "remark", "remarks"}},
        {"unit",
         {"unit", "units", "valueuom", "uom", "result_unit", "result_units", "unit_of_measure", "unit_source_value"}},
        {"reference_low",
         {"reference_low", "ref_range_lower", "ref_low", "reference_range_low", "range_low", "normal_low", "low",
          "lower_limit"}},
        {"reference_high",
         {"reference_high", "ref_range_upper", "ref_high", "reference_range_high", "range_high", "normal_high", "high",
          "upper_limit"}},
        {"reference_range", {"reference_range", "ref_range", "normal_range", "reference", "reference_interval"}},
        {"flag", {"flag", "abnormal_flag", "abnormal", "interpretation", "result_flag", "abnormal_flags"}},
        {"status", {"status", "result_status"}},
        {"absent_reason", {"absent_reason", "data_absent_reason"}},
        {"device_id",
         {"device_id", "device", "analyzer", "analyser", "analyzer_id", "analyser_id", "instrument", "instrument_id"}},
        {"location", {"location", "ward", "ward_id", "department", "clinic", "careunit", "location_id"}},
    };
    return kNames;
}

bool is_ours(const std::string& column) {
    const auto& names = usual_names();
    return std::any_of(names.begin(), names.end(), [&](const UsualNames& each) { return each.column == column; });
}

void expect_one_of(const CsvLayout& layout, std::initializer_list<const char*> columns, const char* what,
                   const std::string& file) {
    const bool there =
        std::any_of(columns.begin(), columns.end(), [&](const char* name) { return layout.contains(name); });
    if (there) return;
    std::string names;
    for (const char* name : columns) names += (names.empty() ? "" : " or ") + std::string(name);
    throw SchemaError("read_results_csv: " + file + ": expected a column for " + what + " (" + names +
                      "), got none under a usual name; name it with columns={\"own name\": \"" + *columns.begin() +
                      "\"} (--column " + *columns.begin() + "=OWN)");
}

CsvLayout given_layout(const std::vector<std::string>& header, const std::map<std::string, std::string>& given,
                       const std::string& file) {
    CsvLayout layout;
    for (const auto& [own, column] : given) {
        if (!is_ours(column)) {
            throw ValueError(
                "read_results_csv: columns: expected names of LaboratoryResults, value_number or "
                "reference_range, got '" +
                column + "'");
        }
        if (std::find(header.begin(), header.end(), own) == header.end()) {
            throw SchemaError("read_results_csv: " + file + ": columns: the file has no column '" + own + "'");
        }
        if (!layout.emplace(column, own).second) {
            throw ValueError("read_results_csv: columns: expected each name once, got '" + column + "' twice");
        }
    }
    return layout;
}

}  // namespace

CsvLayout csv_layout(const std::vector<std::string>& header, const std::map<std::string, std::string>& given,
                     const std::string& file, bool partial) {
    CsvLayout layout = given_layout(header, given, file);
    std::map<std::string, std::string> by_snake;  // the first of two wins
    for (const std::string& name : header) {
        if (!given.contains(name)) by_snake.emplace(to_snake_case(name), name);
    }
    for (const UsualNames& usual : usual_names()) {
        if (layout.contains(std::string(usual.column))) continue;
        for (const std::string_view name : usual.names) {
            const auto found = by_snake.find(std::string(name));
            if (found == by_snake.end()) continue;
            layout.emplace(usual.column, found->second);
            by_snake.erase(found);
            break;
        }
    }
    if (partial) {
        expect_one_of(layout, {"local_code", "test_name", "loinc", "unit"}, "a test or its unit", file);
        return layout;
    }
    expect_one_of(layout, {"patient_id"}, "the patient", file);
    expect_one_of(layout, {"observed_at"}, "the time", file);
    expect_one_of(layout, {"local_code", "test_name", "loinc"}, "the test", file);
    expect_one_of(layout, {"value", "value_number", "text"}, "the result", file);
    return layout;
}

}  // namespace assay::data::laboratory
