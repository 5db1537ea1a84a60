#include "table_values.hpp"

#include "arrow_capsules.hpp"
#include "assay/base/error.hpp"
#include "assay/data/select.hpp"
#include "values.hpp"

namespace assay::bindings {
namespace {

using data::Array;
using data::Field;
using data::Table;
using data::TableSchema;
using data::Type;

bool is_numpy_array(const py::handle& values) {
    return py::hasattr(values, "dtype") && py::hasattr(values, "ndim") && py::hasattr(values, "tolist");
}

Array as_type(const Array& column, std::optional<Type> type) {
    return !type || column.type() == *type ? column : data::cast(column, *type);
}

}  // namespace

Array column_from_python(const py::handle& values, std::optional<Type> type, const std::string& name) {
    if (py::isinstance<Array>(values)) return as_type(py::cast<const Array&>(values), type);
    if (speaks_arrow(values)) {
        return as_type(column_from_arrow(py::reinterpret_borrow<py::object>(values)), type);
    }
    if (is_numpy_array(values)) {
        const bool objects = py::cast<std::string>(values.attr("dtype").attr("kind")) == "O";
        if (objects) return column_from_values(values.attr("tolist")(), type, name);
        return as_type(column_from_numpy(values, name), type);
    }
    return column_from_values(values, type, name);
}

Table table_from_dict(const py::dict& columns, const std::optional<TableSchema>& schema) {
    std::vector<Field> fields;
    std::vector<Array> arrays;
    if (schema) {
        for (const Field& field : *schema) {
            if (!columns.contains(field.name)) {
                throw SchemaError("from_dict: expected values for column '" + field.name + "', which the schema has");
            }
            arrays.push_back(column_from_python(columns[field.name.c_str()], field.type, field.name));
        }
        for (const auto& [key, values] : columns) schema->position(py::cast<std::string>(key));
        return Table(*schema, std::move(arrays));
    }
    for (const auto& [key, values] : columns) {
        Field field;
        field.name = py::cast<std::string>(key);
        arrays.push_back(column_from_python(values, std::nullopt, field.name));
        field.type = arrays.back().type();
        fields.push_back(std::move(field));
    }
    return Table(TableSchema(std::move(fields)), std::move(arrays));
}

Table table_from_rows(const py::list& rows, const std::optional<TableSchema>& schema) {
    py::dict columns;
    if (schema) {
        for (const Field& field : *schema) columns[field.name.c_str()] = py::list();
    } else {
        for (const py::handle row : rows) {
            for (const auto& [key, value] : py::cast<py::dict>(row)) {
                if (!columns.contains(key)) columns[key] = py::list();
            }
        }
    }
    for (const py::handle row : rows) {
        const auto values = py::cast<py::dict>(row);
        for (const auto& [key, column] : columns) {
            const bool given = values.contains(key);
            py::cast<py::list>(column).append(given ? py::object(values[key]) : py::object(py::none()));
        }
        for (const auto& [key, value] : values) {
            if (!columns.contains(key)) schema->position(py::cast<std::string>(key));
        }
    }
    return table_from_dict(columns, schema);
}

py::dict table_to_dict(const Table& table) {
    py::dict out;
    for (index i = 0; i < table.num_columns(); ++i) {
        out[py::str(table.schema()[i].name)] = values_to_python(table.column(i));
    }
    return out;
}

py::list table_to_rows(const Table& table) {
    std::vector<py::str> names;
    for (const Field& field : table.schema()) names.emplace_back(field.name);
    py::list out;
    for (index row = 0; row < table.num_rows(); ++row) {
        py::dict values;
        for (index i = 0; i < table.num_columns(); ++i) {
            values[names[static_cast<std::size_t>(i)]] = value_to_python(table.column(i), row);
        }
        out.append(std::move(values));
    }
    return out;
}

py::dict row_to_python(const Table& table, index row) {
    const index at = row < 0 ? row + table.num_rows() : row;
    if (at < 0 || at >= table.num_rows()) {
        throw py::index_error("row: expected a row within [0, " + std::to_string(table.num_rows()) + "), got " +
                              std::to_string(row));
    }
    py::dict values;
    for (index i = 0; i < table.num_columns(); ++i) {
        values[py::str(table.schema()[i].name)] = value_to_python(table.column(i), at);
    }
    return values;
}

std::vector<index> rows_from_python(const py::handle& rows) {
    const Array column = column_from_python(rows, Type::Int64, "rows");
    if (column.null_count() > 0) throw ValueError("take: expected row numbers without nulls");
    const auto values = column.values<std::int64_t>();
    return {values.begin(), values.end()};
}

std::vector<std::uint8_t> flags_from_python(const py::handle& keep) {
    const Array column = column_from_python(keep, Type::Bool, "keep");
    std::vector<std::uint8_t> flags(static_cast<std::size_t>(column.size()));
    for (index i = 0; i < column.size(); ++i) {
        flags[static_cast<std::size_t>(i)] = column.is_valid(i) && column.flag(i) ? 1 : 0;
    }
    return flags;
}

}  // namespace assay::bindings
