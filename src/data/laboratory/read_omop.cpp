#include "assay/data/laboratory/read_omop.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/laboratory/result_value.hpp"
#include "data/laboratory/csv_results.hpp"
#include "data/laboratory/outcome.hpp"
#include "data/laboratory/result_columns.hpp"
#include "data/laboratory/words.hpp"

namespace assay::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRowLine = "row line";  // no column of OMOP

Field omop_field(const char* name, Type type, bool nullable) {
    Field field;
    field.name = name;
    field.type = type;
    field.nullable = nullable;
    return field;
}

CsvOptions measurement_options(const ReadingOptions& options) {
    std::vector<Field> fields{
        omop_field("measurement_id", Type::Utf8, false), omop_field("person_id", Type::Utf8, false),
        omop_field("measurement_concept_id", Type::Utf8, false), omop_field("measurement_date", Type::Timestamp, false),
        omop_field("measurement_datetime", Type::Timestamp, true)};
    for (const char* name :
         {"operator_concept_id", "value_as_number", "value_as_concept_id", "unit_concept_id", "range_low", "range_high",
          "measurement_source_value", "measurement_source_concept_id", "unit_source_value", "value_source_value"}) {
        fields.push_back(omop_field(name, Type::Utf8, true));
    }
    CsvOptions csv;
    csv.schema = TableSchema(std::move(fields));
    csv.names = NameMap();
    csv.keep_extra_columns = false;
    csv.missing_as_null = true;
    csv.null_values = {"", "NULL", "null"};
    csv.line_column = kRowLine;
    csv.read_time = [times = options.times](std::string_view text) { return parse_result_time(text, times); };
    csv.is_skipped_time = [times = options.times](std::string_view text) { return is_skipped_time(text, times); };
    return csv;
}

CsvOptions concept_options() {
    CsvOptions csv;
    csv.schema =
        TableSchema{omop_field("concept_id", Type::Utf8, true), omop_field("concept_name", Type::Utf8, true),
                    omop_field("vocabulary_id", Type::Utf8, true), omop_field("concept_code", Type::Utf8, true)};
    csv.names = NameMap();
    csv.keep_extra_columns = false;
    csv.null_values = {""};
    return csv;
}

std::string_view cell_text(const Array& column, index row) {
    return column.is_null(row) ? std::string_view{} : column.text(row);
}

/// What the vocabulary says of the concepts that a table uses.
class Concepts {
  public:
    Concepts(const Table& measurement, std::optional<Table> table) : table_(std::move(table)) {
        if (!table_) return;
        std::unordered_set<std::string_view> used;
        for (const char* name :
             {"measurement_concept_id", "measurement_source_concept_id", "unit_concept_id", "value_as_concept_id"}) {
            const Array& column = measurement.column(name);
            for (index row = 0; row < column.size(); ++row) used.insert(cell_text(column, row));
        }
        const Array& ids = table_->column("concept_id");
        for (index row = 0; row < ids.size(); ++row) {
            if (used.contains(cell_text(ids, row))) rows_.emplace(cell_text(ids, row), row);
        }
    }

    /// The concept's code in a vocabulary, or empty.
    std::string_view code(std::string_view id, std::string_view vocabulary) const {
        const auto row = find(id);
        return row && cell_text(table_->column("vocabulary_id"), *row) == vocabulary
                   ? cell_text(table_->column("concept_code"), *row)
                   : std::string_view{};
    }
    std::string_view name(std::string_view id) const {
        const auto row = find(id);
        return row ? cell_text(table_->column("concept_name"), *row) : std::string_view{};
    }

  private:
    std::optional<index> find(std::string_view id) const {
        const auto found = rows_.find(id);
        if (id.empty() || id == "0" || found == rows_.end()) return std::nullopt;
        return found->second;
    }

    std::optional<Table> table_;
    std::unordered_map<std::string_view, index> rows_;
};

/// Source: OMOP vocabulary, domain Meas Value Operator. "=" is none.
std::string_view operator_sign(std::string_view concept_id) {
    using Sign = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Sign, 4> kSigns{Sign{"4171756", "<"}, Sign{"4171754", "<="}, Sign{"4171755", ">="},
                                                Sign{"4172704", ">"}};
    for (const auto& [id, sign] : kSigns) {
        if (id == concept_id) return sign;
    }
    return {};
}

/// MEASUREMENT's rows as results.
class Measurements {
  public:
    Measurements(const Table& table, const Concepts& concepts, const ReadingOptions& options, std::string_view file)
        : table_(table), concepts_(concepts), options_(options), file_(file) {}

    Table rows() {
        for (index row = 0; row < table_.num_rows(); ++row) append(row);
        return out_.finish();
    }
    index without_unit_code() const noexcept { return without_unit_code_; }

  private:
    std::string_view at(const char* column, index row) const { return cell_text(table_.column(column), row); }

    void append(index row) {
        laboratory::ResultRow result;
        result.result_id = at("measurement_id", row);
        result.patient_id = at("person_id", row);
        const auto moment = table_.column("measurement_datetime").get<Timestamp>(row);
        result.observed_at = moment ? *moment : *table_.column("measurement_date").get<Timestamp>(row);
        const std::string_view concept_id = at("measurement_concept_id", row);
        result.loinc = concepts_.code(concept_id, "LOINC");
        if (result.loinc.empty()) result.loinc = concepts_.code(at("measurement_source_concept_id", row), "LOINC");
        result.test_name = concepts_.name(concept_id);
        const std::string_view own = at("measurement_source_value", row);
        result.local_code = own.empty() ? concept_id : own;
        fill_value(row, result);
        result.unit = concepts_.code(at("unit_concept_id", row), "UCUM");
        if (result.unit.empty()) {
            result.unit = at("unit_source_value", row);
            if (!result.unit.empty()) ++without_unit_code_;
        }
        result.reference_low = laboratory::reference_number(at("range_low", row), options_.decimal_point);
        result.reference_high = laboratory::reference_number(at("range_high", row), options_.decimal_point);
        result.source_file = file_;
        result.source_line = *table_.column(kRowLine).get<std::int64_t>(row);
        out_.append(result);
    }

    /// value_as_number is in the concept's unit; what the source wrote counts where it is the same number.
    void fill_value(index row, laboratory::ResultRow& result) const {
        const ReportedValue number = parse_result_value(at("value_as_number", row), options_.decimal_point);
        const ReportedValue source = parse_result_value(at("value_source_value", row), options_.decimal_point);
        if (number.number) {
            result.value = number.number;
            result.text = number.text;
            result.comparator = operator_sign(at("operator_concept_id", row));
            if (result.comparator.empty() && source.number == number.number) result.comparator = source.comparator;
            return;
        }
        result.text = concepts_.name(at("value_as_concept_id", row));
        if (result.text.empty()) {
            result.value = source.number;
            result.comparator = source.comparator;
            result.text = source.text;
        }
        if (!result.value && result.text.empty()) result.absent_reason = "unknown";
    }

    const Table& table_;
    const Concepts& concepts_;
    const ReadingOptions& options_;
    std::string_view file_;
    laboratory::ResultColumns out_;
    index without_unit_code_ = 0;
};

ResultsReading from_tables(CsvResult measurement, std::optional<Table> concepts, const ReadingOptions& options,
                           const std::string& file) {
    const bool named = concepts.has_value();
    const Concepts known(measurement.rows, std::move(concepts));
    Measurements measurements(measurement.rows, known, options, file);
    ResultsReading out;
    out.rows = measurements.rows();
    out.rejected = std::move(measurement.rejected);
    out.rows_read = measurement.report.rows_read;
    if (!named) out.remarks.emplace_back("there is no CONCEPT: tests have no LOINC code and no name");
    laboratory::remark_count(measurements.without_unit_code(), "units are the source's own words", out.remarks);
    return out;
}

std::optional<fs::path> find_omop(const fs::path& folder, const std::string& wanted) {
    for (const auto& entry : fs::directory_iterator(folder)) {
        std::string name = entry.path().filename().string();
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        if (name == wanted + ".csv" || name == wanted + ".csv.gz" || name == wanted + ".csv.zst") return entry.path();
    }
    return std::nullopt;
}

}  // namespace

ResultsReading read_omop(const fs::path& folder, const ReadingOptions& options) {
    if (!fs::is_directory(folder)) throw IoError("read_omop: expected a folder of OMOP tables as CSV, got no folder");
    const auto measurement = find_omop(folder, "measurement");
    if (!measurement) throw IoError("read_omop: expected MEASUREMENT.csv in the folder, got none");
    std::optional<Table> concepts;
    if (const auto path = find_omop(folder, "concept")) concepts = read_csv(*path, concept_options()).rows;
    return from_tables(read_csv(*measurement, measurement_options(options)), std::move(concepts), options,
                       measurement->filename().string());
}

ResultsReading read_omop_bytes(std::string_view measurement, std::string_view concepts, const ReadingOptions& options,
                               const std::string& name) {
    std::optional<Table> table;
    if (!concepts.empty()) table = read_csv_bytes(concepts, concept_options(), "CONCEPT.csv").rows;
    return from_tables(read_csv_bytes(measurement, measurement_options(options), name), std::move(table), options,
                       name);
}

}  // namespace assay::data
