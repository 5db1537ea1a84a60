#include "assay/data/arrow.hpp"

#include <cstring>
#include <limits>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/select.hpp"
#include "data/arrow_metadata.hpp"
#include "data/arrow_rules.hpp"

namespace assay::data {
namespace detail {

void ForeignArray::malformed(const std::string& expected) const {
    throw SchemaError("arrow: column '" + name + "': expected " + expected);
}

void ForeignArray::bad_row(std::int64_t row, const std::string& expected) const {
    throw ValueError("column '" + name + "', row " + std::to_string(row) + ": expected " + expected);
}

const std::byte* ForeignArray::needed(std::int64_t i) const {
    if (buffer(i) == nullptr) malformed("buffer " + std::to_string(i) + ", got a null pointer");
    return buffer(i);
}

Buffer ForeignArray::validity() const {
    const std::byte* bits = buffer(0);
    if (bits == nullptr) return {};
    return Buffer(owner, bits, (offset + length + 7) / 8);
}

BitmapView ForeignArray::validity_view() const {
    return {reinterpret_cast<const std::uint8_t*>(buffer(0)), offset, length};
}

Buffer ForeignArray::copied_validity() const { return buffer(0) == nullptr ? Buffer() : copy_bits(validity_view()); }

void check_structure(const ForeignArray& from, std::int64_t buffers_at_least, std::int64_t buffers_at_most,
                     std::int64_t children) {
    const ArrowArray& array = *from.array;
    // A length beyond this is no length; the limit keeps every product below from overflowing.
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 64;
    if (array.release == nullptr) from.malformed("an array, got one that was released before");
    if (array.length < 0 || array.offset < 0 || array.length > limit || array.offset > limit) {
        from.malformed("a length and offset of 0 or more");
    }
    if (array.null_count < -1 || array.null_count > array.length) {
        from.malformed("a null count within the length, or -1");
    }
    if (array.n_buffers < buffers_at_least || array.n_buffers > buffers_at_most) {
        from.malformed(std::to_string(buffers_at_least) + " buffers, got " + std::to_string(array.n_buffers));
    }
    if (array.n_buffers > 0 && array.buffers == nullptr) from.malformed("buffers, got a null pointer");
    if (array.n_children != children || (children > 0 && array.children == nullptr)) {
        from.malformed(std::to_string(children) + " children, got " + std::to_string(array.n_children));
    }
    if (buffers_at_least > 0 && array.null_count > 0 && array.buffers[0] == nullptr) {
        from.malformed("validity bits where values are null");
    }
}

namespace {

std::int64_t buffers_of(const ForeignType& type) {
    if (type.rule == Rule::AllNull) return 0;
    const bool offsets = type.rule == Rule::LargeText || (type.rule == Rule::Keep && is_variable_width(type.type));
    return offsets || type.rule == Rule::ViewText ? 3 : 2;
}

Array keep_fixed(Type type, const ForeignArray& from) {
    const index width = width_of(type);
    const std::int64_t end = from.offset + from.length;
    const index bytes = type == Type::Bool ? (end + 7) / 8 : end * width;
    const std::byte* data = from.needed(1);
    const bool aligned = width == 0 || reinterpret_cast<std::uintptr_t>(data) % static_cast<std::size_t>(width) == 0;
    Buffer values =
        aligned ? Buffer(from.owner, data, bytes) : Buffer::copy_of({data, static_cast<std::size_t>(bytes)});
    return Array(type, from.length, {from.validity(), std::move(values), {}}, -1, from.offset);
}

/// A copy of the schema that describes the indices, not the values they stand for.
ArrowSchema without_dictionary(const ArrowSchema& schema) {
    ArrowSchema indices = schema;
    indices.dictionary = nullptr;
    return indices;
}

Array decode_dictionary(const ArrowSchema& schema, const ForeignArray& from) {
    if (from.array->dictionary == nullptr) from.malformed("a dictionary, got a null pointer");
    const ArrowArray& dictionary = *from.array->dictionary;
    const Array values =
        import_rows(*schema.dictionary, {&dictionary, from.owner, from.name, dictionary.offset, dictionary.length});
    const Array indices = import_rows(without_dictionary(schema), from);
    if (indices.type() != Type::Int32 && indices.type() != Type::Int64)
        from.malformed("integers as dictionary indices");
    const Array wide = cast(indices, Type::Int64);
    if (wide.null_count() == wide.size()) return Array::nulls(values.type(), wide.size());
    std::vector<index> rows(static_cast<std::size_t>(wide.size()), 0);
    for (index i = 0; i < wide.size(); ++i) {
        if (wide.is_null(i)) continue;  // row 0 stands in; its place is null below
        const std::int64_t at = wide.values<std::int64_t>()[static_cast<std::size_t>(i)];
        if (at < 0 || at >= values.size()) from.malformed("dictionary indices within the dictionary");
        rows[static_cast<std::size_t>(i)] = at;
    }
    const Array taken = take(values, rows);
    if (wide.null_count() == 0) return taken;
    MutableBuffer valid;
    valid.resize_zeroed((wide.size() + 7) / 8);
    for (index i = 0; i < wide.size(); ++i) {
        if (wide.is_valid(i) && taken.is_valid(i)) set_bit(valid.as<std::uint8_t>(), i);
    }
    return taken.with_validity(std::move(valid).freeze());
}

}  // namespace

Array import_rows(const ArrowSchema& schema, const ForeignArray& from) {
    const ForeignType type = foreign_type(schema);
    if (type.rule == Rule::Dictionary) {
        check_structure(from, 2, 2, 0);
        if (from.length == 0) return Array::nulls(type.type, 0);
        return decode_dictionary(schema, from);
    }
    const std::int64_t buffers = buffers_of(type);
    check_structure(from, buffers, type.rule == Rule::ViewText ? std::int64_t{1} << 31 : buffers, 0);
    if (from.length == 0 || type.rule == Rule::AllNull) return Array::nulls(type.type, from.length);
    switch (type.rule) {
        case Rule::Keep:
            return is_variable_width(type.type) ? keep_text(type.type, from) : keep_fixed(type.type, from);
        case Rule::LargeText:
        case Rule::ViewText:
        case Rule::FixedBinary:
            return cast_text(type, from);
        default:
            return cast_numbers(type, from);
    }
}

}  // namespace detail

namespace {

using detail::ForeignArray;

/// Takes the array from the producer; the last buffer that points into it releases it.
std::shared_ptr<const ArrowArray> adopt(ArrowArray* array) {
    if (array == nullptr || array->release == nullptr) {
        throw SchemaError("arrow: expected an array, got one that was consumed before");
    }
    std::shared_ptr<ArrowArray> owned(new ArrowArray{}, [](ArrowArray* mine) {
        if (mine->release != nullptr) mine->release(mine);
        delete mine;
    });
    *owned = *array;
    array->release = nullptr;
    return owned;
}

void check_is_table(const ArrowSchema& schema) {
    if (schema.release == nullptr || schema.format == nullptr) {
        throw SchemaError("arrow: expected a schema, got one that was released before");
    }
    if (std::strcmp(schema.format, "+s") != 0) {
        throw SchemaError("arrow: expected a table (a struct of columns), got a single column; use Column for it");
    }
    if (schema.n_children < 0 || (schema.n_children > 0 && schema.children == nullptr)) {
        throw SchemaError("arrow: expected the schema's columns, got a null pointer");
    }
    for (std::int64_t i = 0; i < schema.n_children; ++i) {
        if (schema.children[i] == nullptr)
            throw SchemaError("arrow: expected the schema's columns, got a null pointer");
    }
}

/// The column with nulls where the whole row is null.
Array masked(const Array& column, BitmapView rows) {
    MutableBuffer valid;
    valid.resize_zeroed((column.size() + 7) / 8);
    for (index i = 0; i < column.size(); ++i) {
        if (rows[i] && column.is_valid(i)) set_bit(valid.as<std::uint8_t>(), i);
    }
    return column.with_validity(std::move(valid).freeze());
}

/// Best effort: what cannot be had without loss stays as it is.
Table with_requested(const Table& table, const Field& wish) {
    const auto at = table.schema().find(wish.name);
    if (!at || table.schema()[*at].type == wish.type) return table;
    try {
        Field field = table.schema()[*at];
        field.type = wish.type;
        return table.with_column(field, cast(table.column(*at), wish.type));
    } catch (const Error&) {
        return table;
    }
}

}  // namespace

Field import_field(const ArrowSchema& schema) {
    Field field;
    field.type = detail::foreign_type(schema).type;
    field.name = schema.name == nullptr ? "" : schema.name;
    field.nullable = (schema.flags & ARROW_FLAG_NULLABLE) != 0;
    detail::decode_metadata(schema.metadata, field);
    return field;
}

TableSchema import_schema(const ArrowSchema& schema) {
    check_is_table(schema);
    std::vector<Field> fields;
    for (std::int64_t i = 0; i < schema.n_children; ++i) fields.push_back(import_field(*schema.children[i]));
    return TableSchema(std::move(fields));
}

Array import_array(const ArrowSchema& schema, ArrowArray* array) {
    const auto owned = adopt(array);
    const std::string name = schema.name == nullptr ? "" : schema.name;
    return detail::import_rows(schema, {owned.get(), owned, name, owned->offset, owned->length});
}

Table import_table(const ArrowSchema& schema, ArrowArray* array) {
    const auto owned = adopt(array);
    std::vector<Field> fields = import_schema(schema).fields();
    const ForeignArray rows{owned.get(), owned, "", owned->offset, owned->length};
    detail::check_structure(rows, 1, 1, schema.n_children);
    const BitmapView present = rows.validity_view();
    const bool whole_rows_null = !present.all_set() && count_set(present) < rows.length;
    std::vector<Array> columns;
    for (std::int64_t i = 0; i < schema.n_children; ++i) {
        const ArrowArray* child = owned->children[i];
        Field& field = fields[static_cast<std::size_t>(i)];
        ForeignArray from{child, owned, field.name, 0, rows.length};
        if (child == nullptr) from.malformed("an array, got a null pointer");
        if (child->length < rows.offset + rows.length || child->offset < 0) from.malformed("as many rows as the table");
        from.offset = child->offset + rows.offset;
        columns.push_back(detail::import_rows(*schema.children[i], from));
        if (!whole_rows_null) continue;
        columns.back() = masked(columns.back(), present);
        field.nullable = true;
    }
    return Table(TableSchema(std::move(fields)), std::move(columns));
}

Table as_requested(const Table& table, const ArrowSchema& requested) {
    Table out = table;
    try {
        for (const Field& wish : import_schema(requested)) out = with_requested(out, wish);
    } catch (const SchemaError&) {
        return table;  // a schema that Assay cannot read
    }
    return out;
}

}  // namespace assay::data
