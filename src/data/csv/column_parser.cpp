#include "data/csv/column_parser.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "assay/base/time.hpp"
#include "data/csv/binary_text.hpp"
#include "data/csv/cells.hpp"
#include "data/csv/kernels.hpp"
#include "data/csv/numbers.hpp"

namespace assay::data::csv {
namespace {

/// What the loops over one column share.
struct ColumnTask {
    const FieldRows& rows;
    const ReadPlan& plan;
    index column;
    const ColumnPlan& spec;
    ParsedColumn& out;
    std::vector<Failure>& failures;

    void fail(index row, CellFault fault) const {
        failures.push_back({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column), fault});
    }
    void set_null(index row) const {
        out.set_null(row);
        if (!spec.field.nullable) fail(row, CellFault::Required);
    }
};

template <class T>
constexpr T null_value() {
    if constexpr (std::is_floating_point_v<T>) return std::numeric_limits<T>::quiet_NaN();
    return T{};
}

/// A field that the quick form did not fit. False where an inferred type is refuted.
template <class T>
bool read_slowly(const ColumnTask& task, index row, T& value) {
    const Cell cell = open_cell(task.rows.field(row, task.spec.file_column), task.plan.marks.quote);
    value = null_value<T>();
    switch (read_cell(cell, task.spec.field.type, task.plan.nulls, task.spec.inferred, value)) {
        case CellState::Value:
            return true;
        case CellState::Null:
            value = null_value<T>();
            task.set_null(row);
            return true;
        case CellState::Bad:
            break;
    }
    value = null_value<T>();
    if (task.spec.inferred) return false;
    task.fail(row, CellFault::Type);
    return true;
}

/// The usual form of a value, without a branch for the rest. Numbers here have no leading zeros when inferred.
template <class T>
bool read_quickly(std::string_view text, Type type, bool inferred, T& value) {
    const char* const last = text.data() + text.size();
    if constexpr (std::is_same_v<T, double>) {
        return parse_short(last, text.size(), value) && !(inferred && has_leading_zero(text));
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
        if (type == Type::Timestamp) {
            return text.size() == 19 && assay::detail::parse_iso_seconds(text.data(), value);
        }
        return parse_short(last, text.size(), value) && !(inferred && has_leading_zero(text));
    } else if constexpr (std::is_same_v<T, std::int32_t>) {
        return type == Type::Date32 && text.size() == 10 && assay::detail::parse_iso_date(text.data(), value);
    } else {
        return false;
    }
}

template <class T>
void parse_fixed(const ColumnTask& task) {
    const Type type = task.spec.field.type;
    const bool inferred = task.spec.inferred;
    const bool quick = !task.plan.nulls.has_number_like();
    task.out.values.resize(task.rows.rows * static_cast<index>(sizeof(T)));
    T* values = task.out.values.as<T>();
    for (index row = 0; row < task.rows.rows; ++row) {
        T value;
        const std::string_view text = task.rows.field(row, task.spec.file_column);
        if (!quick || !read_quickly(text, type, inferred, value)) {
            if (!read_slowly(task, row, value)) {
                task.out.contradicted = true;
                return;
            }
        }
        values[row] = value;
    }
}

/// Times in the caller's own forms.
void parse_times(const ColumnTask& task) {
    task.out.values.resize(task.rows.rows * static_cast<index>(sizeof(std::int64_t)));
    auto* values = task.out.values.as<std::int64_t>();
    for (index row = 0; row < task.rows.rows; ++row) {
        const Cell cell = open_cell(task.rows.field(row, task.spec.file_column), task.plan.marks.quote);
        const std::string_view text = trim_blanks(cell.text);
        values[row] = 0;
        if (task.plan.nulls.contains(text)) {
            task.set_null(row);
        } else if (const auto time = task.plan.read_time(text)) {
            values[row] = time->micros();
        } else {
            const bool skipped = task.plan.is_skipped_time && task.plan.is_skipped_time(text);
            task.fail(row, skipped ? CellFault::Zone : CellFault::Type);
        }
    }
}

/// The same with a kernel that reads many rows at a time and leaves the unusual ones.
void parse_decimals(const ColumnTask& task) {
    const Kernel& kernel = kernel_of(task.plan.kernel);
    if (kernel.parse_decimals == nullptr || task.plan.nulls.has_number_like()) return parse_fixed<double>(task);
    task.out.values.resize(task.rows.rows * static_cast<index>(sizeof(double)));
    task.out.others.resize(static_cast<std::size_t>(task.rows.rows));
    auto* values = task.out.values.as<double>();
    const index count =
        kernel.parse_decimals(task.rows, task.spec.file_column, task.spec.inferred, values, task.out.others.data());
    for (index i = 0; i < count; ++i) {
        const index row = task.out.others[static_cast<std::size_t>(i)];
        const std::string_view text = task.rows.field(row, task.spec.file_column);
        if (read_quickly(text, Type::Float64, task.spec.inferred, values[row])) continue;
        if (!read_slowly(task, row, values[row])) {
            task.out.contradicted = true;
            return;
        }
    }
}

/// Rows whose value is impossible. Nulls hold NaN or 0, so that they are told apart only here.
template <class T>
void check_limits(const ColumnTask& task) {
    const Range range = *task.spec.field.outlier;
    const T* values = task.out.values.as<T>();
    const auto outside = [&](index row) {
        const auto value = static_cast<double>(values[row]);
        return value < range.low || value > range.high;
    };
    index count = 0;
    for (index row = 0; row < task.rows.rows; ++row) count += outside(row) ? 1 : 0;
    if (count == 0) return;
    for (index row = 0; row < task.rows.rows; ++row) {
        if (outside(row) && task.out.is_valid(row)) task.fail(row, CellFault::Outlier);
    }
}

void parse_text(const ColumnTask& task, bool quotes) {
    const FieldRows& rows = task.rows;
    index chars = 0;
    for (index row = 0; row < rows.rows; ++row) {
        const std::uint32_t* end = rows.ends + rows.first[row] + task.spec.file_column;
        chars += *end - end[-1];
    }
    task.out.offsets.resize((rows.rows + 1) * 4);
    task.out.values.resize(chars + 32);
    const bool binary = task.spec.field.type == Type::Binary;
    auto* offsets = task.out.offsets.as<std::int32_t>();
    char* const first = task.out.values.as<char>();
    char* at = first;
    offsets[0] = 0;
    for (index row = 0; row < rows.rows; ++row) {
        Cell cell{rows.field(row, task.spec.file_column), false, false};
        if (quotes) cell = open_cell(cell.text, task.plan.marks.quote);
        if (!cell.quoted && task.plan.nulls.contains(cell.text)) {
            task.set_null(row);
        } else if (cell.escaped) {
            at = unescape(cell.text, task.plan.marks.quote, at);
        } else if (cell.text.size() <= 16) {
            std::memcpy(at, cell.text.data(), 16);
            at += cell.text.size();
        } else {
            std::memcpy(at, cell.text.data(), cell.text.size());
            at += cell.text.size();
        }
        if (binary) {
            char* const begin = first + offsets[row];
            at = begin + text_to_binary(begin, static_cast<std::size_t>(at - begin));
        }
        offsets[row + 1] = static_cast<std::int32_t>(at - first);
    }
    task.out.num_chars = at - first;
}

unsigned classify_column(const ColumnTask& task) {
    unsigned set = 0;
    for (index row = 0; row < task.rows.rows; ++row) {
        const Cell cell = open_cell(task.rows.field(row, task.spec.file_column), task.plan.marks.quote);
        set |= cell.escaped ? seen::kText : classify(cell.text, cell.quoted, task.plan.nulls);
    }
    return set;
}

/// Integers beyond 2^53 matter where another block makes the column floating.
unsigned integer_widths(const ColumnTask& task) {
    const auto* values = task.out.values.as<std::int64_t>();
    std::uint64_t high = 0;
    for (index row = 0; row < task.rows.rows; ++row) {
        const auto value = static_cast<std::uint64_t>(values[row]);
        high |= (values[row] < 0 ? ~value : value) >> 53;
    }
    return high != 0 ? seen::kLongInteger : 0;
}

void parse_present(const ColumnTask& task, bool quotes) {
    switch (task.spec.field.type) {
        case Type::Bool:
            return parse_fixed<std::uint8_t>(task);
        case Type::Int32:
        case Type::Date32:
            return parse_fixed<std::int32_t>(task);
        case Type::Int64:
            return parse_fixed<std::int64_t>(task);
        case Type::Timestamp:
            return task.plan.read_time ? parse_times(task) : parse_fixed<std::int64_t>(task);
        case Type::Float32:
            return parse_fixed<float>(task);
        case Type::Float64:
            return parse_decimals(task);
        default:
            return parse_text(task, quotes);
    }
}

void check_present(const ColumnTask& task) {
    if (!task.plan.enforce_limits || !task.spec.field.outlier) return;
    switch (task.spec.field.type) {
        case Type::Int32:
            return check_limits<std::int32_t>(task);
        case Type::Int64:
            return check_limits<std::int64_t>(task);
        case Type::Float32:
            return check_limits<float>(task);
        case Type::Float64:
            return check_limits<double>(task);
        default:
            return;
    }
}

template <class Element>
index keep_rows(const std::vector<std::uint32_t>& dropped, index rows, Element* values) {
    index to = dropped.front();
    for (std::size_t i = 0; i < dropped.size(); ++i) {
        const index from = static_cast<index>(dropped[i]) + 1;
        const index end = i + 1 < dropped.size() ? dropped[i + 1] : rows;
        std::memmove(values + to, values + from, static_cast<std::size_t>(end - from) * sizeof(Element));
        to += end - from;
    }
    return to;
}

void drop_text(const std::vector<std::uint32_t>& dropped, index rows, ParsedColumn& column) {
    auto* offsets = column.offsets.as<std::int32_t>();
    char* chars = column.values.as<char>();
    auto next = dropped.begin();
    index kept = 0;
    std::int32_t at = 0;
    std::int32_t begin = 0;
    for (index row = 0; row < rows; ++row) {
        const std::int32_t end = offsets[row + 1];
        if (next != dropped.end() && static_cast<index>(*next) == row) {
            ++next;
        } else {
            if (at != begin) std::memmove(chars + at, chars + begin, static_cast<std::size_t>(end - begin));
            at += end - begin;
            offsets[++kept] = at;
        }
        begin = end;
    }
    column.num_chars = at;
}

void drop_validity(const std::vector<std::uint32_t>& dropped, index rows, ParsedColumn& column) {
    if (column.null_count == 0) return;
    auto next = dropped.begin();
    ParsedColumn kept;
    kept.reset(rows);
    index to = 0;
    for (index row = 0; row < rows; ++row) {
        if (next != dropped.end() && static_cast<index>(*next) == row) {
            ++next;
        } else {
            if (!column.is_valid(row)) kept.set_null(to);
            ++to;
        }
    }
    column.validity.swap(kept.validity);
    column.null_count = kept.null_count;
}

}  // namespace

void parse_column(const FieldRows& rows, const ReadPlan& plan, index column, bool quotes, ParsedColumn& out,
                  std::vector<Failure>& failures) {
    const ColumnPlan& spec = plan.columns[static_cast<std::size_t>(column)];
    const ColumnTask task{rows, plan, column, spec, out, failures};
    out.reset(rows.rows);
    parse_present(task, quotes);
    if (spec.inferred) {
        if (out.contradicted || spec.unknown) {
            out.seen = classify_column(task);
        } else if (spec.field.type == Type::Int64) {
            out.seen = integer_widths(task);
        }
        out.contradicted |= spec.unknown && out.seen != 0;
    }
    check_present(task);
}

void drop_rows(const std::vector<std::uint32_t>& dropped, index rows, Type type, ParsedColumn& column) {
    if (column.contradicted) return;
    drop_validity(dropped, rows, column);
    switch (type) {
        case Type::Bool:
            keep_rows(dropped, rows, column.values.as<std::uint8_t>());
            return;
        case Type::Int32:
        case Type::Float32:
        case Type::Date32:
            keep_rows(dropped, rows, column.values.as<std::uint32_t>());
            return;
        case Type::Int64:
        case Type::Float64:
        case Type::Timestamp:
            keep_rows(dropped, rows, column.values.as<std::uint64_t>());
            return;
        default:
            drop_text(dropped, rows, column);
            return;
    }
}

}  // namespace assay::data::csv
