#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/select.hpp"
#include "data/for_each_column.hpp"

namespace assay::data {
namespace {

/// Appends the bits at position `at` of zeroed memory.
void append_bits(std::uint8_t* out, index at, BitmapView from) {
    if ((at & 7) == 0 && !from.all_set()) {
        const Buffer bytes = copy_bits(from);
        if (!bytes.empty()) std::memcpy(out + (at >> 3), bytes.data(), static_cast<std::size_t>(bytes.size()));
        return;
    }
    for (index i = 0; i < from.size(); ++i) {
        if (from[i]) set_bit(out, at + i);
    }
}

template <class BitsOf>
Buffer concat_bits(std::span<const Array> columns, index rows, BitsOf bits_of) {
    MutableBuffer out;
    out.resize_zeroed((rows + 7) / 8);
    index at = 0;
    for (const Array& column : columns) {
        append_bits(out.as<std::uint8_t>(), at, bits_of(column));
        at += column.size();
    }
    return std::move(out).freeze();
}

Buffer concat_words(std::span<const Array> columns, index rows, index width) {
    MutableBuffer out(rows * width);
    std::byte* to = out.data();
    for (const Array& column : columns) {
        const auto bytes = static_cast<std::size_t>(column.size() * width);
        if (bytes > 0) std::memcpy(to, column.buffers().values.data() + column.offset() * width, bytes);
        to += bytes;
    }
    return std::move(out).freeze();
}

void concat_text(std::span<const Array> columns, index rows, Array::Buffers& out) {
    MutableBuffer offsets((rows + 1) * static_cast<index>(sizeof(std::int32_t)));
    MutableBuffer characters;
    auto* ends = offsets.as<std::int32_t>();
    *ends++ = 0;
    for (const Array& column : columns) {
        if (column.size() == 0) continue;
        const auto* from = column.buffers().offsets.as<std::int32_t>() + column.offset();
        const index base = characters.size();
        characters.append(column.buffers().values.data() + from[0], from[column.size()] - from[0]);
        if (characters.size() > std::numeric_limits<std::int32_t>::max()) {
            throw ValueError("concat: expected at most 2 GiB of text in one column; work on the parts one by one");
        }
        for (index i = 1; i <= column.size(); ++i) *ends++ = static_cast<std::int32_t>(base + from[i] - from[0]);
    }
    out.values = std::move(characters).freeze();
    out.offsets = std::move(offsets).freeze();
}

void check_same_columns(const TableSchema& expected, const TableSchema& got, std::size_t table) {
    const std::string where = "concat: table " + std::to_string(table) + ": expected ";
    if (expected.size() != got.size()) {
        throw SchemaError(where + std::to_string(expected.size()) + " columns, got " + std::to_string(got.size()));
    }
    for (index i = 0; i < expected.size(); ++i) {
        if (expected[i].name != got[i].name || expected[i].type != got[i].type) {
            throw SchemaError(where + "column " + std::to_string(i) + " '" + expected[i].name + "' of type " +
                              std::string(name_of(expected[i].type)) + ", got '" + got[i].name + "' of type " +
                              std::string(name_of(got[i].type)));
        }
    }
}

}  // namespace

Array concat(std::span<const Array> columns) {
    if (columns.empty()) throw ShapeError("concat: expected at least one column, got none");
    if (columns.size() == 1) return columns.front();
    const Type type = columns.front().type();
    index rows = 0;
    index nulls = 0;
    for (const Array& column : columns) {
        if (column.type() != type) {
            throw SchemaError("concat: expected columns of type " + std::string(name_of(type)) + ", got " +
                              std::string(name_of(column.type())));
        }
        rows += column.size();
        nulls += column.null_count();
    }
    Array::Buffers out;
    if (is_variable_width(type)) {
        concat_text(columns, rows, out);
    } else if (type == Type::Bool) {
        out.values = concat_bits(columns, rows, [](const Array& column) {
            return BitmapView(column.buffers().values.as<std::uint8_t>(), column.offset(), column.size());
        });
    } else {
        out.values = concat_words(columns, rows, width_of(type));
    }
    if (nulls > 0) out.validity = concat_bits(columns, rows, [](const Array& column) { return column.validity(); });
    return Array(type, rows, std::move(out), nulls);
}

Table concat(std::span<const Table> tables) {
    if (tables.empty()) throw ShapeError("concat: expected at least one table, got none");
    std::vector<Field> fields = tables.front().schema().fields();
    for (std::size_t t = 1; t < tables.size(); ++t) {
        check_same_columns(tables.front().schema(), tables[t].schema(), t);
        for (std::size_t i = 0; i < fields.size(); ++i) {
            fields[i].nullable = fields[i].nullable || tables[t].schema().fields()[i].nullable;
        }
    }
    index rows = 0;
    for (const Table& table : tables) rows += table.num_rows();
    std::vector<Array> columns(fields.size());
    detail::for_each_column(static_cast<index>(fields.size()), rows, [&](index i) {
        std::vector<Array> parts;
        for (const Table& table : tables) parts.push_back(table.column(i));
        columns[static_cast<std::size_t>(i)] = concat(parts);
    });
    return Table(TableSchema(std::move(fields)), std::move(columns));
}

}  // namespace assay::data
