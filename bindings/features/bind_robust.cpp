#include <pybind11/numpy.h>

#include "assay/base/error.hpp"
#include "assay/features/laboratory/robust_distances.hpp"
#include "prelude.hpp"

// Robust distances of rows.
namespace assay::bindings {
namespace {

using namespace features;
using Matrix = py::array_t<double, py::array::c_style | py::array::forcecast>;

auto robust(const Matrix& values, double support, double quantile, index starts, std::uint64_t seed,
            bool small_sample) {
    if (values.ndim() != 2) {
        throw ShapeError("robust_distance: expected rows and columns, got " + std::to_string(values.ndim()) +
                         " dimensions");
    }
    const index rows = values.shape(0);
    const index columns = values.shape(1);
    RobustDistances found;
    {
        const std::span<const double> numbers(values.data(), static_cast<std::size_t>(values.size()));
        const py::gil_scoped_release released;
        found = robust_distances(
            numbers, rows, columns,
            {.support = support, .quantile = quantile, .starts = starts, .seed = seed, .small_sample = small_sample});
    }
    return std::tuple(py::array_t<double>(rows, found.squared.data()), found.cutoff,
                      py::array_t<double>(columns, found.location.data()),
                      py::array_t<double>({columns, columns}, found.scatter.data()), found.rows_used, found.rows_kept);
}

}  // namespace

void bind_robust(py::module_& m) {
    m.def("robust_distances", &robust, py::arg("values"), py::kw_only(), py::arg("support"), py::arg("quantile"),
          py::arg("starts"), py::arg("seed"), py::arg("small_sample"));
}

}  // namespace assay::bindings
