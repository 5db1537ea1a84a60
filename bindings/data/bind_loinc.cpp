#include <pybind11/operators.h>

#include "assay/data/local_tests.hpp"
#include "assay/data/loinc.hpp"
#include "prelude.hpp"

// LOINC codes and the local tests that stand for them.
namespace assay::bindings {

void bind_loinc(py::module_& m) {
    using data::LocalTest;
    py::class_<LocalTest>(m, "LocalTest", "A laboratory's own test and what it is in LOINC.")
        .def(py::init([](std::string code, std::string name, std::string loinc) {
                 return LocalTest{std::move(code), std::move(name), std::move(loinc)};
             }),
             py::arg("code"), py::arg("name"), py::arg("loinc"))
        .def_readonly("code", &LocalTest::code)
        .def_readonly("name", &LocalTest::name)
        .def_readonly("loinc", &LocalTest::loinc)
        .def(py::self == py::self);
    m.def("is_loinc", &data::is_loinc, py::arg("code"), "Whether the text is a LOINC code, its check digit included.");
    m.def(
        "mimic_iv_tests", [] { return data::mimic_iv_tests(); }, "The most frequent blood tests of MIMIC-IV.");
    m.def(
        "read_local_tests",
        [](const std::filesystem::path& path, const std::string& fluid) {
            data::LocalTestFile file = data::read_local_tests(path, fluid);
            return std::pair(std::move(file.tests), std::move(file.remarks));
        },
        py::arg("path"), py::kw_only(), py::arg("fluid") = "Blood", py::call_guard<py::gil_scoped_release>(),
        "Tests of a published map (MIT-LCP's d_labitems_to_loinc.csv), and a remark for each code that is none.");
    m.def(
        "with_loinc",
        [](const data::Table& labs, const std::optional<std::vector<LocalTest>>& tests) {
            return tests ? data::with_loinc(labs, *tests) : data::with_loinc(labs);
        },
        py::arg("labs"), py::kw_only(), py::arg("tests") = py::none(), py::call_guard<py::gil_scoped_release>(),
        "Laboratory results with the LOINC code and name of their test where they have none; by default by MIMIC-IV's "
        "item ids.");
}

}  // namespace assay::bindings
