#include <pybind11/numpy.h>

#include <optional>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/features/laboratory/outbreak.hpp"
#include "assay/features/laboratory/scan.hpp"
#include "prelude.hpp"

// Outbreaks: positivity, charts over days, scans.
namespace assay::bindings {
namespace {

using namespace features;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

EarsMethod ears_method(const std::string& name) {
    if (name == "c1") return EarsMethod::c1;
    if (name == "c2") return EarsMethod::c2;
    if (name == "c3") return EarsMethod::c3;
    throw ValueError("ears: expected method c1, c2 or c3, got '" + name.substr(0, 20) + "'");
}

template <class T>
py::array_t<T> numpy_of(const std::vector<T>& values) {
    return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

auto ears_of(const std::vector<double>& counts, const std::string& method, const EarsOptions& options) {
    const EarsChart chart = ears(counts, ears_method(method), options);
    return std::tuple(numpy_of(chart.mean), numpy_of(chart.deviation), numpy_of(chart.statistic),
                      numpy_of(chart.alarms));
}

DayCalendar calendar_of(std::int32_t first_start, const std::vector<std::int64_t>& starts) {
    if (starts.empty()) return {};
    std::vector<Timestamp> moments;
    for (const std::int64_t micros : starts) moments.emplace_back(micros);
    return {Date{first_start}, std::move(moments)};
}

void bind_scans(py::module_& m) {
    py::class_<Cluster>(m, "Cluster", "More cases than expected, somewhere and for some days.")
        .def_readonly("places", &Cluster::places, "Empty for a scan over time alone.")
        .def_readonly("first_day", &Cluster::first_day)
        .def_readonly("last_day", &Cluster::last_day, "Included.")
        .def_readonly("cases", &Cluster::cases)
        .def_readonly("expected", &Cluster::expected)
        .def_readonly("log_likelihood_ratio", &Cluster::log_likelihood_ratio)
        .def_readonly("p", &Cluster::p, "(r + 1) / (R + 1) of the Monte Carlo test.")
        .def("__repr__", [](const Cluster& c) {
            return "Cluster(days " + std::to_string(c.first_day) + " to " + std::to_string(c.last_day) + ", " +
                   std::to_string(c.cases) + " cases, p=" + py::str(py::float_(c.p)).cast<std::string>() + ")";
        });
    py::class_<ScanOptions>(m, "ScanOptions")
        .def(py::init([](index most_days, bool alive_only, index replicates, std::uint64_t seed, index most_clusters) {
                 return ScanOptions{most_days, alive_only, replicates, seed, most_clusters};
             }),
             py::kw_only(), py::arg("most_days"), py::arg("alive_only"), py::arg("replicates"), py::arg("seed"),
             py::arg("most_clusters"));
    m.def(
        "temporal_scan",
        [](const std::vector<index>& cases, const std::vector<double>& expected, const ScanOptions& options) {
            return temporal_scan(cases, expected, options);
        },
        py::arg("cases"), py::arg("expected"), py::arg("options"), ReleaseGil());
    m.def(
        "space_time_scan",
        [](const std::vector<index>& place, const std::vector<index>& day, index places, index days,
           const std::vector<std::vector<index>>& zones,
           const ScanOptions& options) { return space_time_scan(place, day, places, days, zones, options); },
        py::arg("place"), py::arg("day"), py::arg("places"), py::arg("days"), py::arg("zones"), py::arg("options"),
        ReleaseGil());
    m.def(
        "zones_by_distance",
        [](const std::vector<double>& distances, index places, index most) {
            return zones_by_distance(distances, places, most);
        },
        py::arg("distances"), py::arg("places"), py::arg("most"), ReleaseGil());
}

}  // namespace

void bind_outbreak(py::module_& m) {
    bind_scans(m);
    py::class_<EarsOptions>(m, "EarsOptions")
        .def(py::init([](index baseline, double least_deviation, double threshold) {
                 return EarsOptions{baseline, least_deviation, threshold};
             }),
             py::kw_only(), py::arg("baseline") = 7, py::arg("least_deviation") = 0.5, py::arg("threshold") = 0.0);
    m.def("ears", &ears_of, py::arg("counts"), py::arg("method"), py::arg("options"));
    py::class_<OutbreakTable>(m, "OutbreakTable", "Rows by ward and organism, and what could not be used.")
        .def_readonly("rows", &OutbreakTable::rows)
        .def_readonly("left_out", &OutbreakTable::left_out, "Cultures by reason.");
    const auto def_table = [&m](const char* name, auto function) {
        m.def(
            name,
            [function](const data::Table& cultures, index one_case_days, bool known_when_observed,
                       std::optional<std::int32_t> last_day, std::int32_t first_start,
                       const std::vector<std::int64_t>& starts, const EarsOptions& ears_options, double cusum_k,
                       double cusum_h) {
                OutbreakOptions options;
                options.one_case_days = one_case_days;
                options.known_when_observed = known_when_observed;
                if (last_day) options.last_day = Date{*last_day};
                options.calendar = calendar_of(first_start, starts);
                options.ears = ears_options;
                options.cusum_k = cusum_k;
                options.cusum_h = cusum_h;
                return function(cultures, options);
            },
            py::arg("cultures"), py::kw_only(), py::arg("one_case_days") = 30, py::arg("known_when_observed"),
            py::arg("last_day"), py::arg("first_start"), py::arg("starts"),
            py::arg_v("ears", EarsOptions{}, "EarsOptions()"), py::arg("cusum_k") = 0.5, py::arg("cusum_h") = 5.0,
            ReleaseGil());
    };
    def_table("positivity", [](const data::Table& t, const OutbreakOptions& o) { return positivity(t, o); });
    def_table("outbreak_days", [](const data::Table& t, const OutbreakOptions& o) { return outbreak_days(t, o); });
}

}  // namespace assay::bindings
