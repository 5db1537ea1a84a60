#include <pybind11/numpy.h>

#include <string>
#include <tuple>
#include <vector>

#include "assay/features/drift/adwin.hpp"
#include "assay/features/drift/device_drift.hpp"
#include "assay/features/drift/drift_report.hpp"
#include "assay/features/drift/page_hinkley.hpp"
#include "assay/features/drift/table_sample.hpp"
#include "prelude.hpp"

// Drift of tables (the sample that is saved as the reference, the report on a window), of devices and of streams.
namespace assay::bindings {
namespace {

using namespace features;
using data::Table;
using Stream = py::array_t<double, py::array::c_style | py::array::forcecast>;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

const ColumnSample& column_of(const TableSample& sample, const std::string& name, const std::string& unit) {
    const ColumnSample* found = sample.find(name, unit);
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
        .def_static(
            "by_group",
            [](const Table& table, std::string group, std::string value, std::string unit, std::string label,
               index most_distinct, index most_categories) {
                const py::gil_scoped_release released;
                return TableSample::by_group(table,
                                             {std::move(group), std::move(value), std::move(unit), std::move(label)},
                                             {most_distinct, most_categories});
            },
            py::arg("table"), py::kw_only(), py::arg("group"), py::arg("value"), py::arg("unit") = "",
            py::arg("label") = "", py::arg("most_distinct") = 100'000, py::arg("most_categories") = 10'000,
            "A sample of numbers for each group and unit.")
        .def("merge", &TableSample::merge, py::arg("other"), ReleaseGil())
        .def_property_readonly("rows", &TableSample::rows)
        .def_property_readonly("grouped", &TableSample::grouped, "Whether these are groups of rows, not columns.")
        .def_property_readonly("unnamed", &TableSample::unnamed, "Rows that name no group.")
        .def_property_readonly("groups",
                               [](const TableSample& sample) {
                                   std::vector<std::tuple<std::string, std::string, std::string>> keys;
                                   if (!sample.grouped()) return keys;
                                   for (const ColumnSample& group : sample.columns()) {
                                       keys.emplace_back(group.name, group.unit, group.label());
                                   }
                                   return keys;
                               })
        .def_property_readonly("column_names",
                               [](const TableSample& sample) {
                                   std::vector<std::string> names;
                                   for (const ColumnSample& column : sample.columns()) names.push_back(column.name);
                                   return names;
                               })
        .def(
            "kind",
            [](const TableSample& sample, const std::string& name, const std::string& unit) {
                return std::string(name_of(column_of(sample, name, unit).kind));
            },
            py::arg("column"), py::arg("unit") = "", "numbers, categories or other.")
        .def(
            "numbers",
            [](const TableSample& sample, const std::string& name, const std::string& unit) {
                return column_of(sample, name, unit).numbers;
            },
            py::arg("column"), py::arg("unit") = "")
        .def(
            "categories",
            [](const TableSample& sample, const std::string& name, const std::string& unit) {
                std::vector<std::pair<std::string, index>> counts;
                for (const auto& entry : column_of(sample, name, unit).categories.entries()) counts.push_back(entry);
                return counts;
            },
            py::arg("column"), py::arg("unit") = "",
            "Categories with their counts; of a column with too many, numbers of groups.")
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
                   std::to_string(sample.columns().size()) + (sample.grouped() ? " groups)" : " columns)");
        });
}

void bind_column_drift(py::module_& m) {
    py::class_<ColumnDrift>(m, "ColumnDrift", "One column against its reference; NaN is a figure that does not apply.")
        .def_readonly("name", &ColumnDrift::name)
        .def_readonly("unit", &ColumnDrift::unit, "Of a group.")
        .def_readonly("label", &ColumnDrift::label, "Of a group: what people call it; empty where nothing does.")
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

/// Positions at which update() of each value in turn gives something else than nothing.
template <class Detector>
std::vector<index> alarms_in(Detector& detector, const Stream& values) {
    std::vector<index> found;
    const double* from = values.data();
    const auto n = static_cast<index>(values.size());
    const py::gil_scoped_release released;
    for (index i = 0; i < n; ++i) {
        if (static_cast<bool>(detector.update(from[i]))) found.push_back(i);
    }
    return found;
}

template <class Detector>
void bind_state(py::class_<Detector>& type) {
    type.def("update_all", &alarms_in<Detector>, py::arg("values"), "The positions of the values that alarm.")
        .def("to_bytes", [](const Detector& detector) { return py::bytes(detector.to_bytes()); })
        .def_static(
            "from_bytes", [](const py::bytes& bytes) { return Detector::from_bytes(std::string_view(bytes)); },
            py::arg("data"))
        .def("__eq__", [](const Detector& a, const Detector& b) { return a == b; })
        .def_property_readonly("mean", &Detector::mean)
        .def_property_readonly("alarms", &Detector::alarms);
}

void bind_streams(py::module_& m) {
    py::class_<PageHinkley> page_hinkley(m, "PageHinkley", "The Page-Hinkley test: has the mean of a stream changed?");
    page_hinkley
        .def(py::init([](double delta, double threshold, double forgetting, index fewest) {
                 return PageHinkley({delta, threshold, forgetting, fewest});
             }),
             py::kw_only(), py::arg("delta") = 0.005, py::arg("threshold") = 50.0, py::arg("forgetting") = 0.9999,
             py::arg("fewest") = 30)
        .def(
            "update", [](PageHinkley& test, double value) { return static_cast<int>(test.update(value)); },
            py::arg("value"), "1 where the mean has risen, -1 where it has fallen, else 0.")
        .def_property_readonly("count", &PageHinkley::count, "Values since the last alarm.");
    bind_state(page_hinkley);
    py::class_<Adwin> adwin(m, "Adwin", "Adaptive windowing: the latest values that have one mean.");
    adwin
        .def(py::init([](double delta, double width, index every, index fewest) {
                 return Adwin({delta, width, every, fewest});
             }),
             py::kw_only(), py::arg("delta") = 0.002, py::arg("width") = 1.0, py::arg("every") = 32,
             py::arg("fewest") = 5)
        .def("update", &Adwin::update, py::arg("value"), "True where the window was cut.")
        .def("__len__", &Adwin::size)
        .def_property_readonly("variance", &Adwin::variance);
    bind_state(adwin);
}

void bind_device_sample(py::module_& m) {
    py::class_<DeviceSample>(m, "DeviceSample", "The results of each device and analyte; parts merge, and are saved.")
        .def(py::init(
                 [](const Table& table, std::string device, std::string value, std::string analyte, std::string unit) {
                     const py::gil_scoped_release released;
                     return DeviceSample::of(
                         table, {std::move(device), std::move(value), std::move(analyte), std::move(unit)});
                 }),
             py::arg("table"), py::kw_only(), py::arg("device"), py::arg("value"), py::arg("analyte") = "",
             py::arg("unit") = "")
        .def("merge", &DeviceSample::merge, py::arg("other"))
        .def_property_readonly("unnamed", &DeviceSample::unnamed, "Rows that name no device.")
        .def_property_readonly("keys",
                               [](const DeviceSample& sample) {
                                   std::vector<std::tuple<std::string, std::string, std::string>> keys;
                                   for (const auto& group : sample.groups()) {
                                       keys.emplace_back(group.key.device, group.key.analyte, group.key.unit);
                                   }
                                   return keys;
                               })
        .def("to_bytes", [](const DeviceSample& sample) { return py::bytes(sample.to_bytes()); })
        .def_static(
            "from_bytes", [](const py::bytes& bytes) { return DeviceSample::from_bytes(std::string_view(bytes)); },
            py::arg("data"))
        .def("__len__", [](const DeviceSample& sample) { return sample.groups().size(); })
        .def("__eq__", [](const DeviceSample& a, const DeviceSample& b) { return a == b; });
}

void bind_device_drift(py::module_& m) {
    py::class_<DeviceDrift>(m, "DeviceDrift", "One device and analyte; NaN is a figure that does not apply.")
        .def_property_readonly("device", [](const DeviceDrift& found) { return found.key.device; })
        .def_property_readonly("analyte", [](const DeviceDrift& found) { return found.key.analyte; })
        .def_property_readonly("unit", [](const DeviceDrift& found) { return found.key.unit; })
        .def_property_readonly("verdict", [](const DeviceDrift& found) { return std::string(name_of(found.verdict)); })
        .def_property_readonly("alarms", [](const DeviceDrift& f) { return f.verdict >= DeviceVerdict::calibrate; })
        .def_readonly("reason", &DeviceDrift::reason)
        .def_readonly("count", &DeviceDrift::count)
        .def_readonly("reference_count", &DeviceDrift::reference_count)
        .def_readonly("reference_mean", &DeviceDrift::reference_mean)
        .def_readonly("reference_deviation", &DeviceDrift::reference_deviation)
        .def_readonly("mean", &DeviceDrift::mean)
        .def_readonly("reference_median", &DeviceDrift::reference_median)
        .def_readonly("median", &DeviceDrift::median)
        .def_readonly("z", &DeviceDrift::z)
        .def_readonly("t", &DeviceDrift::t)
        .def_readonly("robust_z", &DeviceDrift::robust_z)
        .def_readonly("p", &DeviceDrift::p)
        .def_readonly("p_adjusted", &DeviceDrift::p_adjusted)
        .def_readonly("mad_is_zero", &DeviceDrift::mad_is_zero);
    m.def(
        "device_drift",
        [](const DeviceSample& reference, const DeviceSample& current, double calibrate, double critical, double p,
           index fewest) {
            return device_drift(reference, current, {calibrate, critical, p, fewest});
        },
        py::arg("reference"), py::arg("current"), py::kw_only(), py::arg("calibrate"), py::arg("critical"),
        py::arg("p"), py::arg("fewest"));
}

}  // namespace

void bind_drift_report(py::module_& m) {
    bind_table_sample(m);
    bind_column_drift(m);
    bind_streams(m);
    bind_device_sample(m);
    bind_device_drift(m);
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
