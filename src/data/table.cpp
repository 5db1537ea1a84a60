#include "assay/data/table.hpp"

#include <utility>

#include "assay/base/error.hpp"

namespace assay::data {

Table::Table(TableSchema schema, std::vector<Array> columns)
    : schema_(std::move(schema)), columns_(std::move(columns)) {
    if (schema_.size() != static_cast<index>(columns_.size())) {
        throw ShapeError("table: expected " + std::to_string(schema_.size()) + " columns, got " +
                         std::to_string(columns_.size()));
    }
    if (!columns_.empty()) num_rows_ = columns_.front().size();
    for (index i = 0; i < schema_.size(); ++i) {
        const Field& field = schema_[i];
        const Array& array = column(i);
        if (array.size() != num_rows_) {
            throw ShapeError("table: expected " + std::to_string(num_rows_) + " rows in column '" + field.name +
                             "', got " + std::to_string(array.size()));
        }
        if (array.type() != field.type) {
            throw SchemaError("table: expected column '" + field.name + "' of type " +
                              std::string(name_of(field.type)) + ", got " + std::string(name_of(array.type())));
        }
        if (!field.nullable && array.null_count() > 0) {
            throw SchemaError("table: expected no nulls in column '" + field.name + "', got " +
                              std::to_string(array.null_count()));
        }
    }
}

Table Table::empty(TableSchema schema) {
    std::vector<Array> columns;
    for (const Field& field : schema) columns.push_back(Array::nulls(field.type, 0));
    return Table(std::move(schema), std::move(columns));
}

Table Table::slice(index start, index length) const {
    std::vector<Array> columns;
    for (const Array& array : columns_) columns.push_back(array.slice(start, length));
    return Table(schema_, std::move(columns));
}

Table Table::select(std::span<const std::string> names) const {
    std::vector<Field> fields;
    std::vector<Array> columns;
    for (const std::string& name : names) {
        fields.push_back(schema_.field(name));
        columns.push_back(column(name));
    }
    return Table(TableSchema(std::move(fields)), std::move(columns));
}

Table Table::with_column(Field field, Array array) const {
    std::vector<Field> fields = schema_.fields();
    std::vector<Array> columns = columns_;
    if (const auto at = schema_.find(field.name)) {
        fields[static_cast<std::size_t>(*at)] = std::move(field);
        columns[static_cast<std::size_t>(*at)] = std::move(array);
    } else {
        fields.push_back(std::move(field));
        columns.push_back(std::move(array));
    }
    return Table(TableSchema(std::move(fields)), std::move(columns));
}

Table Table::without_column(std::string_view name) const {
    const auto at = static_cast<std::ptrdiff_t>(schema_.position(name));
    std::vector<Field> fields = schema_.fields();
    std::vector<Array> columns = columns_;
    fields.erase(fields.begin() + at);
    columns.erase(columns.begin() + at);
    return Table(TableSchema(std::move(fields)), std::move(columns));
}

Table Table::renamed(std::span<const std::string> names) const {
    if (static_cast<index>(names.size()) != num_columns()) {
        throw ShapeError("renamed: expected " + std::to_string(num_columns()) + " names, got " +
                         std::to_string(names.size()));
    }
    std::vector<Field> fields = schema_.fields();
    for (std::size_t i = 0; i < names.size(); ++i) fields[i].name = names[i];
    return Table(TableSchema(std::move(fields)), columns_);
}

bool Table::equals(const Table& other) const {
    if (schema_ != other.schema_ || num_rows_ != other.num_rows_) return false;
    for (index i = 0; i < num_columns(); ++i) {
        if (!column(i).equals(other.column(i))) return false;
    }
    return true;
}

}  // namespace assay::data
