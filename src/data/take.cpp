#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/select.hpp"
#include "data/for_each_column.hpp"

namespace assay::data {
namespace {

void check_rows(std::span<const index> rows, index size) {
    for (const index row : rows) {
        if (row < 0 || row >= size) {
            throw ShapeError("take: expected rows within [0, " + std::to_string(size) + "), got " +
                             std::to_string(row));
        }
    }
}

template <class Word>
Buffer gather_words(const Array& column, std::span<const index> rows) {
    MutableBuffer out(static_cast<index>(rows.size() * sizeof(Word)));
    const auto* from = column.buffers().values.as<Word>() + column.offset();
    auto* to = out.as<Word>();
    for (const index row : rows) *to++ = from[row];
    return std::move(out).freeze();
}

Buffer gather_bits(BitmapView from, std::span<const index> rows) {
    MutableBuffer out;
    out.resize_zeroed((static_cast<index>(rows.size()) + 7) / 8);
    auto* bits = out.as<std::uint8_t>();
    index at = 0;
    for (const index row : rows) {
        if (from[row]) set_bit(bits, at);
        ++at;
    }
    return std::move(out).freeze();
}

void gather_text(const Array& column, std::span<const index> rows, Array::Buffers& out) {
    MutableBuffer offsets(static_cast<index>((rows.size() + 1) * sizeof(std::int32_t)));
    auto* ends = offsets.as<std::int32_t>();
    std::int64_t total = 0;
    *ends++ = 0;
    for (const index row : rows) {
        total += static_cast<std::int64_t>(column.text(row).size());
        if (total > std::numeric_limits<std::int32_t>::max()) {
            throw ValueError("take: expected at most 2 GiB of text in one column; take the rows in parts");
        }
        *ends++ = static_cast<std::int32_t>(total);
    }
    MutableBuffer characters(static_cast<index>(total));
    auto* to = characters.as<char>();
    for (const index row : rows) {
        const std::string_view text = column.text(row);
        if (!text.empty()) std::memcpy(to, text.data(), text.size());
        to += text.size();
    }
    out.values = std::move(characters).freeze();
    out.offsets = std::move(offsets).freeze();
}

Array take_checked(const Array& column, std::span<const index> rows) {
    Array::Buffers out;
    if (is_variable_width(column.type())) {
        gather_text(column, rows, out);
    } else if (column.type() == Type::Bool) {
        out.values = gather_bits({column.buffers().values.as<std::uint8_t>(), column.offset(), column.size()}, rows);
    } else if (width_of(column.type()) == 4) {
        out.values = gather_words<std::uint32_t>(column, rows);
    } else {
        out.values = gather_words<std::uint64_t>(column, rows);
    }
    if (column.null_count() > 0) out.validity = gather_bits(column.validity(), rows);
    return Array(column.type(), static_cast<index>(rows.size()), std::move(out));
}

}  // namespace

Array take(const Array& column, std::span<const index> rows) {
    check_rows(rows, column.size());
    return take_checked(column, rows);
}

Table take(const Table& table, std::span<const index> rows) {
    check_rows(rows, table.num_rows());
    std::vector<Array> columns(static_cast<std::size_t>(table.num_columns()));
    detail::for_each_column(table.num_columns(), static_cast<index>(rows.size()), [&](index i) {
        columns[static_cast<std::size_t>(i)] = take_checked(table.column(i), rows);
    });
    return Table(table.schema(), std::move(columns));
}

Table filter(const Table& table, std::span<const std::uint8_t> keep) {
    if (static_cast<index>(keep.size()) != table.num_rows()) {
        throw ShapeError("filter: expected one flag for each of the " + std::to_string(table.num_rows()) +
                         " rows, got " + std::to_string(keep.size()));
    }
    std::vector<index> rows;
    for (std::size_t i = 0; i < keep.size(); ++i) {
        if (keep[i] != 0) rows.push_back(static_cast<index>(i));
    }
    if (rows.size() == keep.size()) return table;
    return take(table, rows);
}

}  // namespace assay::data
