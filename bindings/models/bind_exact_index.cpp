#include "assay/models/search/detail/search_path.hpp"
#include "assay/models/search/exact_index.hpp"
#include "prelude.hpp"
#include "search_arrays.hpp"

#include <string>
#include <utility>
#include <vector>

// The exact nearest-neighbour index over NumPy arrays.
namespace assay::bindings {

/// Python's assay.models.DeviceIndex. Stubs say Any: they are made of the core alone, without what Python adds to it.
class DeviceIndexObject : public py::object {
  public:
    DeviceIndexObject(py::object found) : py::object(std::move(found)) {}  // NOLINT(google-explicit-constructor)
};

}  // namespace assay::bindings

template <>
struct pybind11::detail::handle_type_name<assay::bindings::DeviceIndexObject> {
    static constexpr auto name = const_name("typing.Any");
};

namespace assay::bindings {
namespace {

using models::ExactIndex;
using namespace search_arrays;

void add(ExactIndex& self, const py::object& vectors, const py::object& ids) {
    const FloatRows rows = rows_from(vectors, self.dim(), "add");
    std::optional<Int64s> numbers;
    if (!ids.is_none()) numbers = ids_from(ids, "add");
    const py::gil_scoped_release unlocked;
    self.add(span_of(rows), numbers ? std::optional(span_of(*numbers)) : std::nullopt);
}

index remove(ExactIndex& self, const py::object& ids) {
    const Int64s numbers = ids_from(ids, "remove");
    const py::gil_scoped_release unlocked;
    return self.remove(span_of(numbers));
}

}  // namespace

void bind_exact_index(py::module_& m) {
    using ReleaseGil = py::call_guard<py::gil_scoped_release>;
    py::class_<ExactIndex>(m, "ExactIndex",
                           "Exact nearest neighbours by inner product; of L2-normalised vectors, the cosine.\n\n"
                           "The answers have the same bits at any number of threads, batch size and instruction set.")
        .def(py::init<index>(), py::kw_only(), py::arg("dim") = 512, "`dim`: length of the vectors, 1 to 65536.")
        .def("add", &add, py::arg("vectors"), py::arg("ids") = py::none(),
             "Add float32 vectors [n, dim], all or none; without `ids` [n], they get the next numbers.")
        .def("remove", &remove, py::arg("ids"), "Remove rows by id; returns how many were there.")
        .def("search", &search_arrays::search<ExactIndex>, py::arg("queries"), py::kw_only(), py::arg("k") = 10,
             py::arg("filter") = py::none(),
             "Scores and ids [n, min(k, rows)] of the best rows of each query, best first, equal scores by id.\n\n"
             "`filter`: booleans, one for each row in the order of `ids`.")
        .def("search_range", &search_arrays::search_range<ExactIndex>, py::arg("queries"), py::kw_only(),
             py::arg("least"), py::arg("filter") = py::none(),
             "Offsets [n + 1], scores and ids of all rows with a score of at least `least`.\n\n"
             "Query i has the entries from offsets[i] to offsets[i + 1], best first.")
        .def(
            "to",
            [](const py::object& self, const std::string& device, const py::kwargs& options) -> DeviceIndexObject {
                return py::module_::import("assay.models.device_index").attr("DeviceIndex")(self, device, **options);
            },
            py::arg("device"), "The same searches by a device: ``index.to(\"cuda\")``. See `assay.models.DeviceIndex`.")
        .def("save", &ExactIndex::save, ReleaseGil(), py::arg("path"), "Write the index as one file, atomically.")
        .def_static("open", &ExactIndex::open, ReleaseGil(), py::arg("path"), py::kw_only(), py::arg("verify") = true,
                    "Map a saved index; `verify=False` skips the checksums of the vectors, which read the whole file.")
        .def_static(
            "merge",
            [](const std::vector<std::filesystem::path>& parts, const std::filesystem::path& path) {
                const py::gil_scoped_release unlocked;
                ExactIndex::merge(parts, path);
            },
            py::arg("parts"), py::arg("path"),
            "Write the rows of saved indexes as one file, in their order, in little memory.")
        .def_property_readonly("dim", &ExactIndex::dim, "Length of the vectors.")
        .def_property_readonly(
            "ids",
            [](const ExactIndex& self) {
                std::vector<std::int64_t> ids = self.ids();
                const auto n = static_cast<py::ssize_t>(ids.size());
                return array_of(std::move(ids), {n});
            },
            "Ids of the rows [n], in the order in which they were added.")
        .def_property_readonly("nbytes", &ExactIndex::bytes, "Bytes in memory or mapped.")
        .def_static("instruction_set", &models::detail::search_path,
                    "The code path in use; ASSAY_SIMD chooses another.")
        .def("__len__", &ExactIndex::size)
        .def("__contains__", &ExactIndex::contains, py::arg("id"))
        .def("__repr__", [](const ExactIndex& self) {
            return "ExactIndex(dim=" + std::to_string(self.dim()) + ", " + std::to_string(self.size()) + " rows)";
        });
}

}  // namespace assay::bindings
