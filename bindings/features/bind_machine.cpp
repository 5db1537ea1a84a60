#include <pybind11/numpy.h>

#include "assay/features/machine_features.hpp"
#include "prelude.hpp"

// What a machine's parts bear, over NumPy arrays.
namespace assay::bindings {
namespace {

using features::MachineFeatures;
using MachineColumn = py::array_t<double, py::array::c_style | py::array::forcecast>;

std::span<const double> machine_span(const MachineColumn& column) {
    return {column.data(), static_cast<std::size_t>(column.size())};
}

MachineColumn machine_array(const std::vector<double>& values) {
    return MachineColumn(std::ssize(values), values.data());
}

}  // namespace

void bind_machine(py::module_& m) {
    py::class_<MachineFeatures>(m, "MachineFeatures", "What a machine's parts bear; NaN where a reading is missing.")
        .def_property_readonly(
            "power", [](const MachineFeatures& f) { return machine_array(f.power); }, "W")
        .def_property_readonly(
            "temperature_difference", [](const MachineFeatures& f) { return machine_array(f.temperature_difference); },
            "K: process less air")
        .def_property_readonly(
            "strain", [](const MachineFeatures& f) { return machine_array(f.strain); }, "N m min");
    m.def(
        "derive_machine_features",
        [](const MachineColumn& air, const MachineColumn& process, const MachineColumn& speed,
           const MachineColumn& torque, const MachineColumn& wear) {
            return features::derive_machine_features({machine_span(air), machine_span(process), machine_span(speed),
                                                      machine_span(torque), machine_span(wear)});
        },
        py::kw_only(), py::arg("air_temperature"), py::arg("process_temperature"), py::arg("rotational_speed"),
        py::arg("torque"), py::arg("tool_wear"),
        "Power (torque x 2 pi / 60 x speed), temperature difference and strain (torque x wear), from K, K, 1/min, "
        "N m and minutes.");
}

}  // namespace assay::bindings
