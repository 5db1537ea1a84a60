#include <string>

#include "assay/features/drift/drift_report.hpp"
#include "assay/features/drift/table_sample.hpp"
#include "prelude.hpp"

// Drift of tables: the sample that is saved as the reference, and the report on a window.
namespace assay::bindings {
namespace {

using namespace features;
using data::Table;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

const ColumnSample& column_of(const TableSample& sample, const std::string& name) {
    const ColumnSample* found = sample.find(name);
    if (found == nullptr) throw py::key_error(name);
    return *found;
}

void bind_table_sample(py::module_& m) {
    py::class_<TableSample>(m, "TableSample",
                            "What drift statistics need of a table; samples of partitions merge, and are saved.")
        .def(py::init([](const Table& table, index most_distinct, index most_categories) {
                 const py::gil_scoped_release released;
                 return TableSample::of(table, {most_distinct, most_categories});
             }),
             py::arg("table"), py::kw_only(), py::arg("most_distinct") = 100'000, py::arg("most_categories") = 10'000)
        .def("merge", &TableSample::merge, py::arg("other"), ReleaseGil())
        .def_property_readonly("rows", &TableSample::rows)
        .def_property_readonly("column_names",
                               [](const TableSample& sample) {
                                   std::vector<std::string> names;
                                   for (const ColumnSample& column : sample.columns()) names.push_back(column.name);
                                   return names;
                               })
        .def(
            "kind",
            [](const TableSample& sample, const std::string& name) {
                return std::string(name_of(column_of(sample, name).kind));
            },
            py::arg("column"), "numbers, categories or other.")
        .def(
            "numbers",
            [](const TableSample& sample, const std::string& name) { return column_of(sample, name).numbers; },
            py::arg("column"))
        .def(
            "categories",
            [](const TableSample& sample, const std::string& name) {
                std::vector<std::pair<std::string, index>> counts;
                for (const auto& entry : column_of(sample, name).categories.entries()) counts.push_back(entry);
                return counts;
            },
            py::arg("column"), "Categories with their counts; of a column with too many, numbers of groups.")
        .def("to_bytes",
             [](const TableSample& sample) {
                 std::string bytes;
                 {
                     const py::gil_scoped_release released;
                     bytes = sample.to_bytes();
                 }
                 return py::bytes(bytes);
             })
        .def_static(
            "from_bytes", [](const py::bytes& bytes) { return TableSample::from_bytes(std::string_view(bytes)); },
            py::arg("data"))
        .def("__eq__", [](const TableSample& a, const TableSample& b) { return a == b; })
        .def("__repr__", [](const TableSample& sample) {
            return "TableSample(" + std::to_string(sample.rows()) + " rows, " +
                   std::to_string(sample.columns().size()) + " columns)";
        });
}

void bind_column_drift(py::module_& m) {
    py::class_<ColumnDrift>(m, "ColumnDrift", "One column against its reference; NaN is a figure that does not apply.")
        .def_readonly("name", &ColumnDrift::name)
        .def_property_readonly("kind", [](const ColumnDrift& found) { return std::string(name_of(found.kind)); })
        .def_property_readonly("verdict", [](const ColumnDrift& found) { return std::string(name_of(found.verdict)); })
        .def_property_readonly("drifted", &ColumnDrift::drifted, "Moderate or severe.")
        .def_readonly("reason", &ColumnDrift::reason)
        .def_readonly("test", &ColumnDrift::test)
        .def_readonly("statistic", &ColumnDrift::statistic)
        .def_readonly("p", &ColumnDrift::p)
        .def_readonly("p_adjusted", &ColumnDrift::p_adjusted)
        .def_readonly("wasserstein", &ColumnDrift::wasserstein, "In the unit of the values.")
        .def_readonly("shift", &ColumnDrift::shift, "Wasserstein in standard deviations of the reference.")
        .def_readonly("jensen_shannon", &ColumnDrift::jensen_shannon, "Distance, from 0 to 1.")
        .def_readonly("psi", &ColumnDrift::psi)
        .def_readonly("psi_expected", &ColumnDrift::psi_expected, "What the index is on average without change.")
        .def_readonly("cramers_v", &ColumnDrift::cramers_v)
        .def_readonly("location", &ColumnDrift::location, "Where the distributions are farthest apart.")
        .def_readonly("reference_mean", &ColumnDrift::reference_mean)
        .def_readonly("current_mean", &ColumnDrift::current_mean)
        .def_readonly("reference_deviation", &ColumnDrift::reference_deviation)
        .def_readonly("current_deviation", &ColumnDrift::current_deviation)
        .def_readonly("reference_missing", &ColumnDrift::reference_missing, "Share.")
        .def_readonly("current_missing", &ColumnDrift::current_missing, "Share.")
        .def_readonly("missing_p", &ColumnDrift::missing_p)
        .def_readonly("missing_p_adjusted", &ColumnDrift::missing_p_adjusted)
        .def_readonly("reference_count", &ColumnDrift::reference_count)
        .def_readonly("current_count", &ColumnDrift::current_count)
        .def("__repr__", [](const ColumnDrift& found) {
            return "ColumnDrift('" + found.name + "', " + std::string(name_of(found.verdict)) + ")";
        });
}

}  // namespace

void bind_drift_report(py::module_& m) {
    bind_table_sample(m);
    bind_column_drift(m);
    py::class_<DriftThresholds>(m, "DriftThresholds", "What counts as drift.")
        .def(py::init<>())
        .def_readwrite("p", &DriftThresholds::p)
        .def_readwrite("psi_moderate", &DriftThresholds::psi_moderate)
        .def_readwrite("psi_severe", &DriftThresholds::psi_severe)
        .def_readwrite("wasserstein", &DriftThresholds::wasserstein)
        .def_readwrite("jensen_shannon", &DriftThresholds::jensen_shannon)
        .def_readwrite("missing_moderate", &DriftThresholds::missing_moderate)
        .def_readwrite("missing_severe", &DriftThresholds::missing_severe)
        .def_readwrite("bins", &DriftThresholds::bins)
        .def_readwrite("few_levels", &DriftThresholds::few_levels)
        .def_readwrite("fewest", &DriftThresholds::fewest);
    m.def("drift_report", &drift_report, py::arg("reference"), py::arg("current"), py::arg("thresholds"), ReleaseGil());
}

}  // namespace assay::bindings
