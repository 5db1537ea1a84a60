#include "../models/search_arrays.hpp"
#include "assay/models/search/device_index.hpp"
#include "assay/models/search/exact_index.hpp"

// The searches of assay._core's ExactIndex on a device.
namespace assay::bindings {

namespace py = pybind11;

void bind_device_index(py::module_& m);

void bind_device_index(py::module_& m) {
    using models::DeviceIndex;
    using models::ExactIndex;
    py::module_::import("assay._core");  // the class of the first argument
    py::class_<DeviceIndex>(m, "DeviceIndex", "The searches of an ExactIndex by matrix products on a device.")
        .def(py::init([](const ExactIndex& index, const std::string& device, const std::string& dtype,
                         assay::index block_rows, assay::index most_bytes) {
                 const py::gil_scoped_release release;
                 return DeviceIndex(index, {device, dtype, block_rows, most_bytes});
             }),
             py::arg("index"), py::kw_only(), py::arg("device"), py::arg("dtype"), py::arg("block_rows"),
             py::arg("most_bytes"), py::keep_alive<1, 2>())
        .def("search", &search_arrays::search<DeviceIndex>, py::arg("queries"), py::kw_only(), py::arg("k"),
             py::arg("filter"), "As ExactIndex.search.")
        .def("search_range", &search_arrays::search_range<DeviceIndex>, py::arg("queries"), py::kw_only(),
             py::arg("least"), py::arg("filter"), "As ExactIndex.search_range.")
        .def_property_readonly("device", &DeviceIndex::device)
        .def_property_readonly("dtype", &DeviceIndex::dtype)
        .def_property_readonly("nbytes", &DeviceIndex::bytes)
        .def_property_readonly("rescanned", &DeviceIndex::rescanned);
}

}  // namespace assay::bindings
