#include <pybind11/numpy.h>

#include "assay/models/linear/logistic_regression.hpp"
#include "evaluation_arrays.hpp"
#include "prelude.hpp"

// Logistic regression over NumPy arrays.
namespace assay::bindings {
namespace {

using evaluation_arrays::columns_of;
using evaluation_arrays::Dense;
using evaluation_arrays::Doubles;
using evaluation_arrays::values_of;
using models::LogisticRegression;

Doubles matrix_of(std::span<const double> values, index rows, index columns) {
    if (std::ssize(values) != rows * columns) {
        throw ShapeError("LogisticModel: expected " + std::to_string(rows * columns) + " values, got " +
                         std::to_string(values.size()));
    }
    Doubles out({rows, columns});
    std::copy(values.begin(), values.end(), out.mutable_data());
    return out;
}

/// [rows, features] of that model: the model itself knows how many values came, not how they were arranged.
std::span<const double> rows_for(const LogisticRegression& model, const Doubles& rows, const char* where) {
    if (rows.ndim() == 2 && rows.shape(1) == model.features()) return values_of(rows);
    throw ShapeError(std::string(where) + ": expected rows [rows, " + std::to_string(model.features()) +
                     "], as the model has features, got shape " + std::string(py::str(rows.attr("shape"))));
}

}  // namespace

void bind_linear(py::module_& m) {
    py::class_<LogisticRegression>(m, "LogisticModel", "Linear log-odds of classes.")
        .def(py::init([](const Doubles& coefficients, const Doubles& intercepts, index classes) {
                 const auto w = values_of(coefficients), b = values_of(intercepts);
                 return LogisticRegression(columns_of(coefficients, "LogisticModel"), classes, {w.begin(), w.end()},
                                           {b.begin(), b.end()});
             }),
             py::arg("coefficients"), py::arg("intercepts"), py::kw_only(), py::arg("classes"))
        .def_property_readonly("classes", &LogisticRegression::classes)
        .def_property_readonly(
            "coefficients",
            [](const LogisticRegression& self) {
                return matrix_of(self.coefficients(), self.equations(), self.features());
            },
            "[equations, features]: one equation of two classes")
        .def_property_readonly(
            "intercepts",
            [](const LogisticRegression& self) { return Doubles(self.equations(), self.intercepts().data()); })
        .def(
            "decision",
            [](const LogisticRegression& self, const Doubles& rows) {
                return matrix_of(self.decision(rows_for(self, rows, "decision")), rows.shape(0), self.equations());
            },
            py::arg("rows"), "Log-odds [rows, equations] of [rows, features].")
        .def(
            "probabilities",
            [](const LogisticRegression& self, const Doubles& rows) {
                return matrix_of(self.probabilities(rows_for(self, rows, "probabilities")), rows.shape(0),
                                 self.classes());
            },
            py::arg("rows"), "[rows, classes] of [rows, features].");
    py::class_<models::LogisticFit>(m, "LogisticFit", "A logistic regression and how the search for it ended.")
        .def_readonly("model", &models::LogisticFit::model)
        .def_readonly("converged", &models::LogisticFit::converged)
        .def_readonly("iterations", &models::LogisticFit::iterations)
        .def_readonly("gradient", &models::LogisticFit::gradient,
                      "the largest, by the sum of the weights and the feature's spread")
        .def_readonly("loss", &models::LogisticFit::loss, "penalised, by the sum of the weights");
    m.def(
        "fit_logistic_regression",
        [](const Doubles& rows, const Dense<std::int64_t>& labels, index classes, const std::optional<Doubles>& weights,
           const std::vector<double>& class_weights, double inverse_penalty, bool fit_intercept, double tolerance,
           index max_iterations) {
            const index features = columns_of(rows, "fit_logistic_regression");
            const auto row_weights = weights ? values_of(*weights) : std::span<const double>{};
            const py::gil_scoped_release unlocked;
            return models::fit_logistic_regression(
                values_of(rows), features, values_of(labels), classes, row_weights,
                {inverse_penalty, fit_intercept, tolerance, max_iterations, class_weights});
        },
        py::arg("rows"), py::arg("labels"), py::kw_only(), py::arg("classes"), py::arg("weights") = py::none(),
        py::arg("class_weights") = std::vector<double>{}, py::arg("inverse_penalty") = 1.0,
        py::arg("fit_intercept") = true, py::arg("tolerance") = 1e-8, py::arg("max_iterations") = 100,
        "Newton's method on rows [n, features] and positions of classes [n].");
}

}  // namespace assay::bindings
