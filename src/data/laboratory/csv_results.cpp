#include "data/laboratory/csv_results.hpp"

#include <array>
#include <optional>
#include <utility>

#include "assay/data/array_builder.hpp"
#include "assay/data/csv.hpp"
#include "data/laboratory/outcome.hpp"
#include "data/laboratory/words.hpp"

namespace assay::data::laboratory {
namespace {

constexpr const char* kLine =
    "\x1f"
    "line";  // no header holds a unit separator

bool has_no_header(const std::vector<std::string>& header) {
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (header[i] != "column_" + std::to_string(i + 1)) return false;
    }
    return true;
}

/// The columns wanted, under the file's own names, so that the quarantine speaks the laboratory's language.
TableSchema own_schema(const CsvLayout& layout, const std::vector<std::string>& header) {
    std::map<std::string, std::string> ours;
    for (const auto& [column, own] : layout) ours.emplace(own, column);
    const bool placed = has_no_header(header);  // columns are told by place: none may be left out
    std::vector<Field> fields;
    for (const std::string& own : header) {
        const auto found = ours.find(own);
        if (found == ours.end() && !placed) continue;
        Field field;
        field.name = own;
        field.type = Type::Utf8;
        const std::string column = found == ours.end() ? "" : found->second;
        if (column == "observed_at" || column == "reported_at") field.type = Type::Timestamp;
        field.nullable = column != "observed_at" && column != "patient_id";
        fields.push_back(std::move(field));
    }
    return TableSchema(std::move(fields));
}

/// A file's columns by our names.
class OwnColumns {
  public:
    OwnColumns(const Table& table, const CsvLayout& layout) : table_(table), layout_(layout) {}

    index rows() const { return table_.num_rows(); }
    const Array& lines() const { return table_.column(kLine); }
    const Array* find(const std::string& column) const {
        const auto own = layout_.find(column);
        return own == layout_.end() ? nullptr : &table_.column(own->second);
    }
    /// The column, or nulls.
    Array get(const std::string& column, Type type = Type::Utf8) const {
        const Array* found = find(column);
        return found == nullptr ? Array::nulls(type, rows()) : *found;
    }

  private:
    const Table& table_;
    const CsvLayout& layout_;
};

std::string_view text_at(const Array* column, index row) {
    return column == nullptr || column->is_null(row) ? std::string_view{} : column->text(row);
}

/// Each distinct text is changed once; nulls stay.
template <class Change>
Array changed(const Array* column, index rows, Change change) {
    if (column == nullptr) return Array::nulls(Type::Utf8, rows);
    TextBuilder out;
    for (index row = 0; row < rows; ++row) {
        column->is_null(row) ? out.append_null() : out.append(std::string_view(change(column->text(row))));
    }
    return out.finish();
}

Array result_ids(const OwnColumns& own, const std::string& file) {
    const Array* given = own.find("result_id");
    if (given != nullptr && given->null_count() == 0) return *given;
    TextBuilder out;
    std::string name;
    const auto lines = own.lines().values<std::int64_t>();
    for (index row = 0; row < own.rows(); ++row) {
        if (given != nullptr && given->is_valid(row)) {
            out.append(given->text(row));
            continue;
        }
        name = file;
        name += ':';
        name += std::to_string(lines[static_cast<std::size_t>(row)]);
        out.append(std::string_view(name));
    }
    return out.finish();
}

Array constant_text(const std::string& text, index rows) {
    TextBuilder out;
    for (index row = 0; row < rows; ++row) out.append(std::string_view(text));
    return out.finish();
}

/// Numbers of a text column; what is none becomes null and is counted.
Array numbers_of(const Array* column, index rows, char decimal_point, index& others) {
    ArrayBuilder<double> out;
    for (index row = 0; row < rows; ++row) {
        const std::string_view written = text_at(column, row);
        const auto number = reference_number(written, decimal_point);
        if (!number && !written.empty()) ++others;
        out.append(number);
    }
    return out.finish();
}

struct ReferenceColumns {
    Array low;
    Array high;
    index others = 0;  ///< texts that are no limit
};

ReferenceColumns reference_columns(const OwnColumns& own, char decimal_point) {
    ReferenceColumns out;
    const Array* range = own.find("reference_range");
    const Array* low = own.find("reference_low");
    const Array* high = own.find("reference_high");
    if (range == nullptr || low != nullptr || high != nullptr) {
        out.low = numbers_of(low, own.rows(), decimal_point, out.others);
        out.high = numbers_of(high, own.rows(), decimal_point, out.others);
        return out;
    }
    ArrayBuilder<double> lows;
    ArrayBuilder<double> highs;
    for (index row = 0; row < own.rows(); ++row) {
        const std::string_view written = text_at(range, row);
        const auto ends = reference_ends(written, decimal_point);
        if (!ends && !written.empty()) ++out.others;
        lows.append(ends ? ends->first : std::nullopt);
        highs.append(ends ? ends->second : std::nullopt);
    }
    out.low = lows.finish();
    out.high = highs.finish();
    return out;
}

void read_outcomes(const OwnColumns& own, OutcomeColumns& out) {
    const Array* value = own.find("value");
    const Array* number = own.find("value_number");
    const Array* comparator = own.find("comparator");
    const Array* text = own.find("text");
    const Array* reason = own.find("absent_reason");
    for (index row = 0; row < own.rows(); ++row) {
        out.append({text_at(value, row), text_at(number, row), text_at(comparator, row), text_at(text, row),
                    text_at(reason, row)});
    }
}

CsvOptions csv_options(const CsvLayout& layout, const std::vector<std::string>& header, const ReadingOptions& options) {
    CsvOptions csv;
    csv.schema = own_schema(layout, header);
    csv.keep_extra_columns = false;
    csv.null_values = {"", "NULL", "null"};  // not "NA", which is sodium
    csv.line_column = kLine;
    csv.read_time = [times = options.times](std::string_view text) { return parse_result_time(text, times); };
    return csv;
}

std::string unused_columns(const CsvLayout& layout, const std::vector<std::string>& header) {
    std::string out;
    for (const std::string& own : header) {
        bool used = false;
        for (const auto& [column, name] : layout) used = used || name == own;
        if (!used) out += (out.empty() ? "" : ", ") + own;
    }
    return out;
}

}  // namespace

void remark_count(index count, const std::string& sentence, std::vector<std::string>& remarks) {
    if (count > 0) remarks.push_back(std::to_string(count) + " " + sentence);
}

ResultsReading read_layout(const std::filesystem::path& path, const CsvLayout& layout,
                           const std::vector<std::string>& header, const ReadingOptions& options) {
    CsvResult csv = read_csv(path, csv_options(layout, header, options));
    const OwnColumns own(csv.rows, layout);
    const std::string file = path.filename().string();
    OutcomeColumns outcomes(options.decimal_point);
    read_outcomes(own, outcomes);
    ReferenceColumns reference = reference_columns(own, options.decimal_point);
    ResultsReading out;
    std::vector<Array> columns{result_ids(own, file),
                               own.get("patient_id"),
                               own.get("order_id"),
                               own.get("specimen_id"),
                               own.get("specimen"),
                               own.get("observed_at", Type::Timestamp),
                               own.get("reported_at", Type::Timestamp),
                               own.get("local_code"),
                               own.get("test_name"),
                               own.get("loinc"),
                               outcomes.comparator.finish(),
                               outcomes.value.finish(),
                               outcomes.text.finish(),
                               own.get("unit"),
                               std::move(reference.low),
                               std::move(reference.high),
                               changed(own.find("flag"), own.rows(), flag_word),
                               changed(own.find("status"), own.rows(), status_word),
                               outcomes.absent_reason.finish(),
                               own.get("device_id"),
                               own.get("location"),
                               constant_text(file, own.rows()),
                               own.lines()};
    out.rows = Table(LaboratoryResults::table_schema(), std::move(columns));
    out.rejected = std::move(csv.rejected);
    out.rows_read = csv.report.rows_read;
    out.remarks = std::move(csv.report.detected.remarks);
    const std::string unused = has_no_header(header) ? std::string() : unused_columns(layout, header);
    if (!unused.empty()) out.remarks.push_back("columns that were not read: " + unused);
    remark_count(outcomes.texts(), "results are texts", out.remarks);
    remark_count(outcomes.absent(), "results have neither value nor text", out.remarks);
    remark_count(outcomes.contradictions(), "results have two different numbers and were given no value", out.remarks);
    remark_count(reference.others, "reference limits that are no numbers were left out", out.remarks);
    return out;
}

}  // namespace assay::data::laboratory
