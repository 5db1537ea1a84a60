#include "assay/tracking/databricks/authentication.hpp"
#include "assay/tracking/databricks/config.hpp"
#include "prelude.hpp"

namespace assay::bindings {

void bind_databricks(py::module_& m) {
    namespace databricks = tracking::databricks;
    py::class_<databricks::Config>(m, "DatabricksConfig",
                                   "A workspace and how to sign in to it; secrets are not readable.")
        .def(py::init([](const std::string& profile) { return databricks::load_config(profile); }), py::kw_only(),
             py::arg("profile") = "")
        .def_readonly("host", &databricks::Config::host)
        .def_readonly("account_id", &databricks::Config::account_id)
        .def_readonly("workspace_id", &databricks::Config::workspace_id)
        .def_readonly("client_id", &databricks::Config::client_id)
        .def_readonly("azure_tenant_id", &databricks::Config::azure_tenant_id)
        .def_readonly("azure_client_id", &databricks::Config::azure_client_id)
        .def_readonly("azure_workspace_resource_id", &databricks::Config::azure_workspace_resource_id)
        .def_readonly("profile", &databricks::Config::profile)
        .def_property_readonly("auth_type", &databricks::authentication_of)
        .def("__repr__",
             [](const databricks::Config& c) { return "<DatabricksConfig " + c.host + " " + c.profile + ">"; });
}

}  // namespace assay::bindings
