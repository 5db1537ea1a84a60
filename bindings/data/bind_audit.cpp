#include "assay/data/records/audit_log.hpp"
#include "prelude.hpp"

// The audit log.
namespace assay::bindings {

using namespace data;

void bind_audit(py::module_& m) {
    py::class_<AuditHead>(m, "AuditHead", "Where a log stood; kept elsewhere it proves that nothing was removed.")
        .def(py::init<std::int64_t, std::string>(), py::arg("entries"), py::arg("hash"))
        .def_readonly("entries", &AuditHead::entries)
        .def_readonly("hash", &AuditHead::hash)
        .def("__eq__", [](const AuditHead& a, const AuditHead& b) { return a == b; })
        .def("__hash__", [](const AuditHead& head) { return py::hash(py::str(head.hash)); })
        .def("__str__", [](const AuditHead& head) { return std::to_string(head.entries) + ":" + head.hash; })
        .def("__repr__", [](const AuditHead& head) {
            return "AuditHead(" + std::to_string(head.entries) + ", '" + head.hash + "')";
        });
    py::class_<AuditReport>(m, "AuditReport", "What a check of a log found.")
        .def_readonly("head", &AuditReport::head, "Of the entries before the first problem.")
        .def_readonly("keyed", &AuditReport::keyed, "Checked with a key.")
        .def_readonly("problem", &AuditReport::problem, "The first one, with its line; empty where there is none.")
        .def_property_readonly("ok", &AuditReport::ok);
    py::class_<AuditLog>(m, "AuditLog", "An append-only log of JSON lines, each with the hash of the line before.")
        .def(py::init<std::filesystem::path, const std::optional<DeidKey>&>(), py::arg("path"), py::kw_only(),
             py::arg("key") = py::none())
        .def_property_readonly("path", &AuditLog::path)
        .def(
            "append",
            [](AuditLog& log, std::string who, std::string what, std::string why,
               std::map<std::string, std::string> about, std::optional<std::int64_t> when) {
                const py::gil_scoped_release released;
                return log.append({std::move(who), std::move(what), std::move(why), std::move(about),
                                   when ? std::optional(Timestamp{*when}) : std::nullopt});
            },
            py::arg("who"), py::arg("what"), py::arg("why"), py::arg("about"), py::arg("when") = py::none())
        .def("verify", &AuditLog::verify, py::arg("anchor") = py::none(), py::call_guard<py::gil_scoped_release>(),
             "Reads the whole log; `anchor` is a head of it that was kept elsewhere.");
}

}  // namespace assay::bindings
