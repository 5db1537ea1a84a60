#include "assay/data/csv.hpp"

#include <pybind11/functional.h>

#include "assay/base/error.hpp"
#include "assay/data/csv_writer.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using data::CsvDialect;
using data::CsvOptions;
using data::CsvReport;
using data::CsvResult;
using data::Quarantine;
using data::Table;
using data::TableSchema;
using Progress = std::function<void(index, index)>;

char one_character(const std::string& text, const char* what) {
    if (text.size() != 1) {
        throw ValueError(std::string("Dialect: expected ") + what + " as one ASCII character, got " +
                         std::to_string(text.size()) + " bytes");
    }
    return text.front();
}

CsvDialect make_dialect(const std::string& delimiter, const std::optional<std::string>& quote,
                        const std::string& newline, bool has_header, index preamble_lines, index footnote_lines,
                        const std::string& encoding) {
    CsvDialect dialect;
    dialect.delimiter = one_character(delimiter, "delimiter");
    dialect.quote = quote ? one_character(*quote, "quote") : '\0';
    dialect.newline = one_character(newline, "newline");
    dialect.has_header = has_header;
    dialect.preamble_lines = preamble_lines;
    dialect.footnote_lines = footnote_lines;
    dialect.encoding = data::encoding_from_name(encoding);
    return dialect;
}

std::optional<std::string> quote_of(const CsvDialect& dialect) {
    if (dialect.quote == '\0') return std::nullopt;
    return std::string(1, dialect.quote);
}

std::string dialect_text(const CsvDialect& d) {
    const auto shown = [](char c) {
        return c == '\t' ? std::string("\\t") : c == '\r' ? "\\r" : c == '\n' ? "\\n" : std::string(1, c);
    };
    return "Dialect(delimiter='" + shown(d.delimiter) +
           "', quote=" + (d.quote == '\0' ? "None" : "'" + shown(d.quote) + "'") + ", newline='" + shown(d.newline) +
           "', has_header=" + (d.has_header ? "True" : "False") +
           ", preamble_lines=" + std::to_string(d.preamble_lines) +
           ", footnote_lines=" + std::to_string(d.footnote_lines) + ", encoding='" + std::string(name_of(d.encoding)) +
           "')";
}

/// Ctrl-C must work during a long read, and a progress callback needs the interpreter lock.
Progress with_interpreter(Progress progress) {
    return [progress = std::move(progress)](index done, index total) {
        const py::gil_scoped_acquire lock;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (progress) progress(done, total);
    };
}

CsvOptions csv_options(const std::optional<TableSchema>& schema, const std::optional<CsvDialect>& dialect,
                       const std::optional<std::string>& encoding, bool infer_types, bool enforce_limits,
                       bool keep_extra_columns, bool missing_as_null,
                       const std::optional<std::vector<std::string>>& null_values, index max_row_bytes,
                       Progress progress) {
    CsvOptions options;
    options.schema = schema;
    options.dialect = dialect;
    if (encoding) options.encoding = data::encoding_from_name(*encoding);
    if (encoding && options.dialect) options.dialect->encoding = *options.encoding;
    options.infer_types = infer_types;
    options.enforce_limits = enforce_limits;
    options.keep_extra_columns = keep_extra_columns;
    options.missing_as_null = missing_as_null;
    if (null_values) options.null_values = *null_values;
    options.max_row_bytes = max_row_bytes;
    options.progress = with_interpreter(std::move(progress));
    return options;
}

py::tuple parts(CsvResult result) {
    return py::make_tuple(std::move(result.rows), std::move(result.rejected), std::move(result.report));
}

void bind_dialect(py::module_& m) {
    py::class_<CsvDialect>(m, "Dialect", "How a delimited text file is written.")
        .def(py::init(&make_dialect), py::kw_only(), py::arg("delimiter") = ",", py::arg("quote") = "\"",
             py::arg("newline") = "\n", py::arg("has_header") = true, py::arg("preamble_lines") = 0,
             py::arg("footnote_lines") = 0, py::arg("encoding") = "utf-8",
             "quote None: no quoting. newline '\\n' also takes CRLF; '\\r' is for files whose lines end in CR alone.")
        .def_property_readonly("delimiter", [](const CsvDialect& d) { return std::string(1, d.delimiter); })
        .def_property_readonly("quote", &quote_of)
        .def_property_readonly("newline", [](const CsvDialect& d) { return std::string(1, d.newline); })
        .def_readonly("has_header", &CsvDialect::has_header)
        .def_readonly("preamble_lines", &CsvDialect::preamble_lines)
        .def_readonly("footnote_lines", &CsvDialect::footnote_lines)
        .def_property_readonly("encoding", [](const CsvDialect& d) { return std::string(name_of(d.encoding)); })
        .def(
            "__eq__", [](const CsvDialect& a, const CsvDialect& b) { return a == b; }, py::arg("other"),
            py::is_operator())
        .def("__repr__", &dialect_text);
}

void bind_report(py::module_& m) {
    py::class_<CsvReport>(m, "CsvReport", "What was read; rows_accepted + rows_quarantined == rows_read, always.")
        .def_property_readonly("file", [](const CsvReport& r) { return r.file.string(); })
        .def_property_readonly(
            "dialect", [](const CsvReport& r) { return r.detected.dialect; }, "As given or detected.")
        .def_property_readonly(
            "doubts", [](const CsvReport& r) { return r.detected.remarks; },
            "What could have been read otherwise, one sentence each.")
        .def_readonly("rows_read", &CsvReport::rows_read)
        .def_readonly("rows_accepted", &CsvReport::rows_accepted)
        .def_readonly("rows_quarantined", &CsvReport::rows_quarantined)
        .def_readonly("bytes", &CsvReport::bytes, "Size on disk.")
        .def_readonly("preamble", &CsvReport::preamble, "Lines before the header; may hold patient data.")
        .def_readonly("footnotes", &CsvReport::footnotes, "Lines after the last row; may hold patient data.")
        .def_readonly("remarks", &CsvReport::remarks, "Inferred types, renamed headers and the like.")
        .def("__repr__", [](const CsvReport& r) {
            return "CsvReport(rows_read=" + std::to_string(r.rows_read) +
                   ", rows_accepted=" + std::to_string(r.rows_accepted) +
                   ", rows_quarantined=" + std::to_string(r.rows_quarantined) + ")";
        });
}

void bind_quarantine(py::module_& m) {
    py::class_<Quarantine>(m, "Quarantine", "Rows that a reader did not accept, with what is needed to repair them.")
        .def(py::init<Table>(), py::arg("table"))
        .def_static("schema", &Quarantine::schema)
        .def_property_readonly("table", &Quarantine::table,
                               "Columns file, line, byte_offset, byte_length, rules, columns, raw.")
        .def_property_readonly("num_rows", &Quarantine::num_rows)
        .def("counts_by_rule", &Quarantine::counts_by_rule,
             "Failures by rule id; a row that failed two rules counts in both.")
        .def("__len__", &Quarantine::num_rows)
        .def("__repr__",
             [](const Quarantine& q) { return "Quarantine(num_rows=" + std::to_string(q.num_rows()) + ")"; })
        .def(py::pickle([](const Quarantine& q) { return q.table(); }, [](const Table& t) { return Quarantine(t); }));
}

}  // namespace

void bind_csv(py::module_& m) {
    bind_dialect(m);
    bind_report(m);
    bind_quarantine(m);
    py::class_<CsvOptions>(m, "CsvOptions", "Private; the keyword arguments of assay.data.read_csv.")
        .def(py::init(&csv_options), py::kw_only(), py::arg("schema"), py::arg("dialect"), py::arg("encoding"),
             py::arg("infer_types"), py::arg("enforce_limits"), py::arg("keep_extra_columns"),
             py::arg("missing_as_null"), py::arg("null_values"), py::arg("max_row_bytes"), py::arg("progress"));
    m.def(
        "read_csv",
        [](const std::filesystem::path& path, const CsvOptions& options) {
            std::optional<CsvResult> result;
            {
                const py::gil_scoped_release unlocked;
                result.emplace(data::read_csv(path, options));
            }
            return parts(std::move(*result));
        },
        py::arg("path"), py::arg("options"));
    m.def(
        "read_csv_bytes",
        [](const py::bytes& bytes, const CsvOptions& options, const std::string& name) {
            const std::string_view view = bytes;
            std::optional<CsvResult> result;
            {
                const py::gil_scoped_release unlocked;
                result.emplace(data::read_csv_bytes(view, options, name));
            }
            return parts(std::move(*result));
        },
        py::arg("data"), py::arg("options"), py::arg("name"));
    m.def(
        "detect_dialect",
        [](const py::bytes& head) {
            data::DetectedDialect found = data::detect_dialect(std::string_view(head));
            return std::pair(found.dialect, std::move(found.remarks));
        },
        py::arg("head"), "The dialect of a file by its first bytes (a MiB suffices), and what is doubtful about it.");
    m.def("to_csv", &data::to_csv, py::arg("table"), py::call_guard<py::gil_scoped_release>(),
          "The table as RFC 4180 text that reads back to the same bits under its schema.");
    m.def("write_csv", &data::write_csv, py::arg("table"), py::arg("path"), py::call_guard<py::gil_scoped_release>(),
          "Writes that text; the file appears whole or not at all.");
}

}  // namespace assay::bindings
