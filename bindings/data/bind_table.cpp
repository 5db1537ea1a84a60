#include "assay/base/error.hpp"
#include "assay/data/preview.hpp"
#include "assay/data/select.hpp"
#include "assay/data/table.hpp"
#include "detail/arrow_capsules.hpp"
#include "detail/table_values.hpp"
#include "detail/values.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using data::Array;
using data::Field;
using data::Table;
using data::TableSchema;
using Names = std::vector<std::string>;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

Names column_names_of(const Table& table) {
    Names names;
    for (const Field& field : table.schema()) names.push_back(field.name);
    return names;
}

Table rows_at(const Table& table, const py::slice& rows) {
    py::ssize_t start = 0, stop = 0, step = 0, length = 0;
    if (!rows.compute(table.num_rows(), &start, &stop, &step, &length)) throw py::error_already_set();
    if (step == 1) return table.slice(start, length);
    std::vector<index> picked;
    for (py::ssize_t i = 0; i < length; ++i) picked.push_back(start + i * step);
    return data::take(table, picked);
}

Table slice(const Table& table, index start, std::optional<index> length) {
    return table.slice(start, length.value_or(table.num_rows() - start));
}

Table take(const Table& table, const py::object& rows) {
    const std::vector<index> picked = rows_from_python(rows);
    const py::gil_scoped_release unlocked;
    return data::take(table, picked);
}

Table filter(const Table& table, const py::object& keep) {
    const std::vector<std::uint8_t> flags = flags_from_python(keep);
    const py::gil_scoped_release unlocked;
    return data::filter(table, flags);
}

Table sort(const Table& table, const std::variant<std::string, Names>& by, bool descending) {
    const Names names = by.index() == 0 ? Names{std::get<0>(by)} : std::get<1>(by);
    return data::take(table, data::sort_order(table, names, descending));
}

Table with_column(const Table& table, const std::variant<Field, std::string>& field, const py::object& values) {
    if (const auto* given = std::get_if<Field>(&field)) {
        return table.with_column(*given, column_from_python(values, given->type, given->name));
    }
    const auto& name = std::get<std::string>(field);
    Array column = column_from_python(values, std::nullopt, name);
    Field named;
    if (const auto position = table.schema().find(name)) named = table.schema()[*position];
    named.name = name;
    named.type = column.type();
    return table.with_column(std::move(named), std::move(column));
}

Table rename(const Table& table, const std::variant<std::map<std::string, std::string>, Names>& names) {
    if (names.index() == 1) return table.renamed(std::get<1>(names));
    Names renamed = column_names_of(table);
    for (const auto& [old_name, new_name] : std::get<0>(names)) {
        renamed[static_cast<std::size_t>(table.schema().position(old_name))] = new_name;
    }
    return table.renamed(renamed);
}

Table cast(const Table& table, const std::map<std::string, std::string>& types) {
    Table out = table;
    for (const auto& [name, type] : types) {
        Field field = table.schema().field(name);
        field.type = data::type_from_name(type);
        out = out.with_column(field, data::cast(table.column(name), field.type));
    }
    return out;
}

Table drop(const Table& table, const Names& names) {
    Table out = table;
    for (const std::string& name : names) out = out.without_column(name);
    return out;
}

void bind_making(py::class_<Table>& table) {
    table.def(py::init<TableSchema, std::vector<Array>>(), py::arg("schema"), py::arg("columns"))
        .def_static("from_dict", &table_from_dict, py::arg("columns"), py::kw_only(), py::arg("schema") = py::none(),
                    "A table from {name: values}. Values are lists, NumPy arrays, Columns or Arrow arrays. With a "
                    "schema its types are used and every field must be given.")
        .def_static("from_pylist", &table_from_rows, py::arg("rows"), py::kw_only(), py::arg("schema") = py::none(),
                    "A table from dicts, one per row; a missing key is null.")
        .def_static("empty", &Table::empty, py::arg("schema"), "A table of that schema without rows.")
        .def_static(
            "concat", [](const std::vector<Table>& tables) { return data::concat(tables); }, py::arg("tables"),
            ReleaseGil(), "One table below the other; names and types must agree.");
}

void bind_reading(py::class_<Table>& table) {
    table.def_property_readonly("schema", &Table::schema)
        .def_property_readonly("column_names", &column_names_of)
        .def_property_readonly("num_rows", &Table::num_rows)
        .def_property_readonly("num_columns", &Table::num_columns)
        .def_property_readonly("shape", [](const Table& t) { return std::pair(t.num_rows(), t.num_columns()); })
        .def(
            "column", [](const Table& t, const std::string& name) { return t.column(name); }, py::arg("name"))
        .def("__len__", &Table::num_rows)
        .def(
            "__contains__", [](const Table& t, const std::string& name) { return t.has_column(name); }, py::arg("name"))
        .def(
            "__getitem__", [](const Table& t, const std::string& name) { return t.column(name); }, py::arg("name"))
        .def("__getitem__", &rows_at, py::arg("rows"), "These rows; without a copy where the step is 1.")
        .def(
            "__getitem__", [](const Table& t, const Names& names) { return t.select(names); }, py::arg("names"))
        .def("row", &row_to_python, py::arg("row"), "One row as {name: value}; negative numbers count from the end.")
        .def("to_pydict", &table_to_dict, "{name: list of values}.")
        .def("to_pylist", &table_to_rows, "One dict per row.")
        .def(
            "__eq__", [](const Table& a, const Table& b) { return a.equals(b); }, py::arg("other"), py::is_operator(),
            "Whether schema and values are the same; NaN equals NaN.")
        .def("__repr__", [](const Table& t) { return data::preview_text(t); })
        .def("_repr_html_", [](const Table& t) { return data::preview_html(t); });
}

void bind_operations(py::class_<Table>& table) {
    table
        .def(
            "select", [](const Table& t, const Names& names) { return t.select(names); }, py::arg("names"),
            "These columns in this order, without a copy.")
        .def("slice", &slice, py::arg("start"), py::arg("length") = py::none(), "Rows from start, without a copy.")
        .def(
            "head", [](const Table& t, index n) { return t.slice(0, std::min(n, t.num_rows())); }, py::arg("n") = 5)
        .def("take", &take, py::arg("rows"), "The rows at these positions, in that order; repeats allowed.")
        .def("filter", &filter, py::arg("keep"), "The rows where keep is true; null counts as false.")
        .def("sort", &sort, py::arg("by"), py::kw_only(), py::arg("descending") = false, ReleaseGil(),
             "Sorted by one column or several; stable, nulls last.")
        .def("with_column", &with_column, py::arg("field"), py::arg("values"),
             "With the column added at the end, or replaced in its place. field: a name, or a Field with all that is "
             "known about the column.")
        .def("cast", &cast, py::arg("types"), "Columns as other types, {name: type}; exact or an error.")
        .def("drop", &drop, py::arg("names"), "Without these columns.")
        .def("rename", &rename, py::arg("names"), "New names: {old: new}, or all of them in order.");
}

py::object to_pandas(const py::object& self) {
    const py::object frame = py::module_::import("pandas").attr("DataFrame");
    if (py::hasattr(frame, "from_arrow")) return frame.attr("from_arrow")(self);
    return py::module_::import("pyarrow").attr("table")(self).attr("to_pandas")();  // pandas before 3
}

void bind_exchange(py::class_<Table>& table) {
    table
        .def_static("from_arrow", &table_from_arrow, py::arg("source"),
                    "A table from anything that speaks the Arrow PyCapsule interface: pyarrow, polars, DuckDB, pandas. "
                    "One batch is not copied, several are joined. Types beyond Assay's nine are cast without loss; "
                    "what has no such cast is an error that says what to do.")
        .def("__arrow_c_stream__", &stream_capsule, py::arg("requested_schema") = py::none(),
             "A fresh stream at every call; no value is copied.")
        .def("__arrow_c_schema__", [](const Table& t) { return schema_capsule(t.schema()); })
        .def(
            "to_pyarrow", [](const py::object& self) { return py::module_::import("pyarrow").attr("table")(self); },
            "A pyarrow.Table on the same memory.")
        .def(
            "to_polars", [](const py::object& self) { return py::module_::import("polars").attr("DataFrame")(self); },
            "A polars.DataFrame; numbers share the memory.")
        .def("to_pandas", &to_pandas, "A pandas.DataFrame; nulls become what pandas uses for the type.");
}

}  // namespace

void bind_table(py::module_& m) {
    py::class_<Table> table(m, "Table",
                            "Immutable columns of one length under a schema; speaks the Arrow C interface.");
    bind_making(table);
    bind_reading(table);
    bind_operations(table);
    bind_exchange(table);
    table.def(py::pickle(
        [](const Table& t) {
            py::list columns;
            for (index i = 0; i < t.num_columns(); ++i) columns.append(t.column(i));
            return py::make_tuple(1, t.schema(), columns);
        },
        [](const py::tuple& state) {
            return Table(py::cast<TableSchema>(state[1]), py::cast<std::vector<Array>>(state[2]));
        }));
}

}  // namespace assay::bindings
