#include "data/laboratory/csv_results.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/select.hpp"
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

/// One value for all rows.
Array constant_text(const std::string& text, index rows) {
    TextBuilder out;
    for (index row = 0; row < rows; ++row) out.append(std::string_view(text));
    return out.finish();
}

/// What must be computed row by row; computed in parts, each by one thread.
struct ComputedColumns {
    Array result_id, comparator, value, text, reference_low, reference_high, flag, status, absent_reason;
    index contradictions = 0;
    index absent = 0;
    index texts = 0;
    index other_limits = 0;  ///< texts that are no limit
    index unread_flags = 0;  ///< texts that are no code
    index unread_statuses = 0;
};

class ComputedPart {
  public:
    ComputedPart(const OwnColumns& own, const std::string& file, char decimal_point)
        : own_(own), file_(file), decimal_point_(decimal_point), outcomes_(decimal_point) {}

    ComputedColumns compute(index begin, index end) {
        read_outcomes(begin, end);
        read_references(begin, end);
        ComputedColumns out;
        out.result_id = result_ids(begin, end);
        out.comparator = outcomes_.comparator.finish();
        out.value = outcomes_.value.finish();
        out.text = outcomes_.text.finish();
        out.reference_low = low_.finish();
        out.reference_high = high_.finish();
        out.flag = flags(begin, end, out.unread_flags);
        out.status = codes("status", begin, end, known_status, out.unread_statuses);
        out.absent_reason = outcomes_.absent_reason.finish();
        out.contradictions = outcomes_.contradictions();
        out.absent = outcomes_.absent();
        out.texts = outcomes_.texts();
        out.other_limits = other_limits_;
        return out;
    }

  private:
    void read_outcomes(index begin, index end) {
        const Array* value = own_.find("value");
        const Array* number = own_.find("value_number");
        const Array* comparator = own_.find("comparator");
        const Array* text = own_.find("text");
        const Array* reason = own_.find("absent_reason");
        for (index row = begin; row < end; ++row) {
            outcomes_.append({text_at(value, row), text_at(number, row), text_at(comparator, row), text_at(text, row),
                              text_at(reason, row)});
        }
    }

    /// Two columns of limits, or one of ranges.
    void read_references(index begin, index end) {
        const Array* range = own_.find("reference_range");
        const Array* low = own_.find("reference_low");
        const Array* high = own_.find("reference_high");
        const bool ranges = range != nullptr && low == nullptr && high == nullptr;
        for (index row = begin; row < end; ++row) {
            if (!ranges) {
                low_.append(limit(text_at(low, row)));
                high_.append(limit(text_at(high, row)));
                continue;
            }
            const std::string_view written = text_at(range, row);
            const auto ends = reference_ends(written, decimal_point_);
            if (!ends && !written.empty()) ++other_limits_;
            low_.append(ends ? ends->first : std::nullopt);
            high_.append(ends ? ends->second : std::nullopt);
        }
    }

    std::optional<double> limit(std::string_view written) {
        const auto number = reference_number(written, decimal_point_);
        if (!number && !written.empty()) ++other_limits_;
        return number;
    }

    /// The file's own names of results; where there is none, file and line.
    Array result_ids(index begin, index end) const {
        const Array* given = own_.find("result_id");
        if (given != nullptr && given->null_count() == 0) return given->slice(begin, end - begin);
        TextBuilder out;
        std::string name;
        const auto lines = own_.lines().values<std::int64_t>();
        for (index row = begin; row < end; ++row) {
            if (given != nullptr && given->is_valid(row)) {
                out.append(given->text(row));
                continue;
            }
            name.assign(file_).append(":").append(std::to_string(lines[static_cast<std::size_t>(row)]));
            out.append(std::string_view(name));
        }
        return out.finish();
    }

    /// Codes as `known` tells them; other texts are left out and counted.
    template <class Known>
    Array codes(const std::string& name, index begin, index end, Known known, index& unread) const {
        const Array* column = own_.find(name);
        if (column == nullptr) return Array::nulls(Type::Utf8, end - begin);
        TextBuilder out;
        for (index row = begin; row < end; ++row) {
            const std::string_view written = text_at(column, row);
            const auto word = known(written);
            word.empty() ? out.append_null() : out.append(std::string_view(word));
            if (word.empty() && written.find_first_not_of(' ') != std::string_view::npos) ++unread;
        }
        return out.finish();
    }

    /// Several flags are joined by '~', as the readers of messages join them.
    Array flags(index begin, index end, index& unread) const {
        std::string joined;
        const auto known = [&](std::string_view written) -> std::string_view {
            if (written.find('~') == std::string_view::npos) return known_flag(written);
            joined.clear();
            for (std::size_t from = 0; from <= written.size();) {
                const std::size_t to = std::min(written.find('~', from), written.size());
                const std::string_view flag = known_flag(written.substr(from, to - from));
                if (flag.empty()) return {};
                joined.append(joined.empty() ? "" : "~").append(flag);
                from = to + 1;
            }
            return joined;
        };
        return codes("flag", begin, end, known, unread);
    }

    const OwnColumns& own_;
    const std::string& file_;
    char decimal_point_;
    OutcomeColumns outcomes_;
    ArrayBuilder<double> low_;
    ArrayBuilder<double> high_;
    index other_limits_ = 0;
};

/// One column of all parts.
Array joined(const std::vector<ComputedColumns>& parts, Array ComputedColumns::*column) {
    std::vector<Array> arrays;
    for (const ComputedColumns& part : parts) arrays.push_back(part.*column);
    return concat(std::span<const Array>(arrays));
}

ComputedColumns computed_columns(const OwnColumns& own, const std::string& file, char decimal_point) {
    constexpr index kRows = index{1} << 16;
    const index count = std::max<index>(1, (own.rows() + kRows - 1) / kRows);
    std::vector<ComputedColumns> parts(static_cast<std::size_t>(count));
    parallel_for(count, 1, [&](index first, index last) {
        for (index i = first; i < last; ++i) {
            parts[static_cast<std::size_t>(i)] =
                ComputedPart(own, file, decimal_point).compute(i * kRows, std::min(own.rows(), (i + 1) * kRows));
        }
    });
    if (count == 1) return std::move(parts.front());
    ComputedColumns out;
    for (const auto column : {&ComputedColumns::result_id, &ComputedColumns::comparator, &ComputedColumns::value,
                              &ComputedColumns::text, &ComputedColumns::reference_low, &ComputedColumns::reference_high,
                              &ComputedColumns::flag, &ComputedColumns::status, &ComputedColumns::absent_reason}) {
        out.*column = joined(parts, column);
    }
    for (const ComputedColumns& part : parts) {
        out.contradictions += part.contradictions;
        out.absent += part.absent;
        out.texts += part.texts;
        out.other_limits += part.other_limits;
        out.unread_flags += part.unread_flags;
        out.unread_statuses += part.unread_statuses;
    }
    return out;
}

CsvOptions csv_options(const CsvLayout& layout, const std::vector<std::string>& header, const ReadingOptions& options) {
    CsvOptions csv;
    csv.schema = own_schema(layout, header);
    csv.keep_extra_columns = false;
    csv.null_values = {"", "NULL", "null"};  // not "NA", which is sodium
    csv.line_column = kLine;
    csv.read_time = [times = options.times](std::string_view text) { return parse_result_time(text, times); };
    csv.is_skipped_time = [times = options.times](std::string_view text) { return is_skipped_time(text, times); };
    return csv;
}

/// LaboratoryResults; of a list without patients or times these columns are null.
TableSchema results_schema(const CsvLayout& layout) {
    std::vector<Field> fields;
    for (Field field : LaboratoryResults::table_schema()) {
        field.nullable = field.nullable || (field.name != "result_id" && !layout.contains(field.name));
        fields.push_back(std::move(field));
    }
    return TableSchema(std::move(fields));
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
    ComputedColumns computed = computed_columns(own, file, options.decimal_point);
    ResultsReading out;
    std::vector<Array> columns{std::move(computed.result_id),
                               own.get("patient_id"),
                               own.get("order_id"),
                               own.get("specimen_id"),
                               own.get("specimen"),
                               own.get("observed_at", Type::Timestamp),
                               own.get("reported_at", Type::Timestamp),
                               own.get("local_code"),
                               own.get("test_name"),
                               own.get("loinc"),
                               std::move(computed.comparator),
                               std::move(computed.value),
                               std::move(computed.text),
                               own.get("unit"),
                               std::move(computed.reference_low),
                               std::move(computed.reference_high),
                               std::move(computed.flag),
                               std::move(computed.status),
                               std::move(computed.absent_reason),
                               own.get("device_id"),
                               own.get("location"),
                               constant_text(file, own.rows()),
                               own.lines()};
    out.rows = Table(results_schema(layout), std::move(columns));
    out.rejected = std::move(csv.rejected);
    out.rows_read = csv.report.rows_read;
    out.remarks = std::move(csv.report.detected.remarks);
    const std::string unused = has_no_header(header) ? std::string() : unused_columns(layout, header);
    if (!unused.empty()) out.remarks.push_back("columns that were not read: " + unused);
    remark_count(computed.texts, "results are texts", out.remarks);
    remark_count(computed.absent, "results have neither value nor text", out.remarks);
    remark_count(computed.contradictions,
                 "results contradict themselves or have an unknown comparator, and were given no value", out.remarks);
    remark_count(computed.other_limits, "reference limits that are no numbers were left out", out.remarks);
    remark_count(computed.unread_statuses, kUnreadStatuses, out.remarks);
    remark_count(computed.unread_flags, kUnreadFlags, out.remarks);
    return out;
}

}  // namespace assay::data::laboratory
