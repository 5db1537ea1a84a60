#include <pybind11/numpy.h>

#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/features/drift/binned.hpp"
#include "assay/features/drift/two_sample.hpp"
#include "prelude.hpp"

// Whether values have changed: samples, tests, distances.
namespace assay::bindings {
namespace {

using namespace features;
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

template <class T>
std::span<const T> flat(const py::array_t<T, py::array::c_style | py::array::forcecast>& values) {
    return {values.data(), static_cast<std::size_t>(values.size())};
}

KsMethod method_named(const std::string& name) {
    if (name == "auto") return KsMethod::automatic;
    if (name == "exact") return KsMethod::exact;
    if (name == "asymptotic") return KsMethod::asymptotic;
    throw ValueError("ks_test: expected method auto, exact or asymptotic, got '" + name.substr(0, 20) + "'");
}

void bind_sample(py::module_& m) {
    py::class_<NumericSample>(m, "NumericSample", "The values of a column, exactly; samples of partitions merge.")
        .def(py::init([](const Doubles& values) {
                 const auto view = flat(values);
                 py::gil_scoped_release released;
                 return NumericSample::of(view);
             }),
             py::arg("values"))
        .def("merge", &NumericSample::merge, py::arg("other"))
        .def_property_readonly("count", &NumericSample::count)
        .def_property_readonly("missing", &NumericSample::missing, "How many were NaN.")
        .def_property_readonly("mean", &NumericSample::mean)
        .def_property_readonly("standard_deviation", &NumericSample::standard_deviation)
        .def("quantile", &NumericSample::quantile, py::arg("p"))
        .def("to_bytes", [](const NumericSample& sample) { return py::bytes(sample.to_bytes()); })
        .def_static(
            "from_bytes", [](const py::bytes& bytes) { return NumericSample::from_bytes(std::string_view(bytes)); },
            py::arg("data"))
        .def("__len__", &NumericSample::count)
        .def("__eq__", [](const NumericSample& a, const NumericSample& b) { return a == b; })
        .def("__repr__", [](const NumericSample& sample) {
            return "NumericSample(" + std::to_string(sample.count()) + " values, " +
                   std::to_string(sample.values().size()) + " distinct, " + std::to_string(sample.missing()) +
                   " missing)";
        });
}

void bind_tests(py::module_& m) {
    py::class_<KsTest>(m, "KsTest", "The two-sample Kolmogorov-Smirnov test.")
        .def_readonly("statistic", &KsTest::statistic, "D: an effect size from 0 to 1.")
        .def_readonly("p", &KsTest::p)
        .def_readonly("location", &KsTest::location, "The value at which the distributions are farthest apart.")
        .def_readonly("first_above", &KsTest::first_above, "The first sample's values are smaller there.")
        .def_readonly("exact", &KsTest::exact)
        .def("__repr__", [](const KsTest& t) {
            return "KsTest(statistic=" + std::to_string(t.statistic) +
                   ", p=" + py::str(py::float_(t.p)).cast<std::string>() + ")";
        });
    m.def(
        "ks_test",
        [](const NumericSample& reference, const NumericSample& current, const std::string& method) {
            return ks_test(reference, current, method_named(method));
        },
        py::arg("reference"), py::arg("current"), py::kw_only(), py::arg("method") = "auto");
    m.def(
        "ks_test_of_values",
        [](const Doubles& reference, const Doubles& current, const std::string& method) {
            const auto a = flat(reference);
            const auto b = flat(current);
            const KsMethod chosen = method_named(method);
            const py::gil_scoped_release released;
            return ks_test(a, b, chosen);
        },
        py::arg("reference"), py::arg("current"), py::kw_only(), py::arg("method") = "auto");
    m.def("wasserstein_distance", &wasserstein_distance, py::arg("reference"), py::arg("current"));
    py::class_<ChiSquaredTest>(m, "ChiSquaredTest", "Pearson's test of two samples over bins or categories.")
        .def_readonly("statistic", &ChiSquaredTest::statistic)
        .def_readonly("degrees", &ChiSquaredTest::degrees)
        .def_readonly("p", &ChiSquaredTest::p)
        .def_readonly("cramers_v", &ChiSquaredTest::cramers_v, "An effect size from 0 to 1.")
        .def_readonly("sparse", &ChiSquaredTest::sparse, "Cells with fewer than 5 expected.");
    m.def(
        "chi_squared_test", [](const Integers& a, const Integers& b) { return chi_squared_test(flat(a), flat(b)); },
        py::arg("reference"), py::arg("current"));
}

}  // namespace

void bind_drift(py::module_& m) {
    bind_sample(m);
    bind_tests(m);
    m.def("quantile_edges", &quantile_edges, py::arg("reference"), py::arg("bins") = 10);
    m.def(
        "bin_counts", [](const NumericSample& sample, const Doubles& edges) { return bin_counts(sample, flat(edges)); },
        py::arg("sample"), py::arg("edges"));
    m.def(
        "population_stability",
        [](const Integers& a, const Integers& b) {
            const StabilityIndex found = population_stability(flat(a), flat(b));
            return std::pair(found.value, found.expected_without_change);
        },
        py::arg("reference"), py::arg("current"));
    m.def(
        "jensen_shannon_distance",
        [](const Integers& a, const Integers& b) { return jensen_shannon_distance(flat(a), flat(b)); },
        py::arg("reference"), py::arg("current"));
    m.def(
        "adjusted_p_values", [](const Doubles& p) { return adjusted_p_values(flat(p)); }, py::arg("p"));
}

}  // namespace assay::bindings
