#include "assay/tracking/databricks/artifact_store.hpp"
#include "assay/tracking/databricks/authentication.hpp"
#include "assay/tracking/databricks/config.hpp"
#include "assay/tracking/databricks/files_client.hpp"
#include "assay/tracking/databricks/model_registration.hpp"
#include "assay/tracking/databricks/workspace.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

namespace databricks = tracking::databricks;
namespace fs = std::filesystem;
using Released = py::call_guard<py::gil_scoped_release>;

/// A workspace with all that is done in it: what they refer to lives with them.
struct DatabricksWorkspace {
    databricks::WorkspaceApi api;
    databricks::UploadOptions options;

    DatabricksWorkspace(const std::string& profile, double deadline, databricks::UploadOptions upload)
        : api(address_of(profile, deadline)), options(std::move(upload)) {}

    static tracking::ServerAddress address_of(const std::string& profile, double deadline) {
        auto address = databricks::workspace_address(databricks::load_config(profile));
        address.options.retry.deadline =
            std::chrono::milliseconds(static_cast<std::int64_t>(std::min(deadline, 1e9) * 1000));
        return address;
    }
    databricks::Workspace folders() const { return databricks::Workspace(api); }
    databricks::FilesClient files() const { return databricks::FilesClient(api); }
    databricks::ArtifactStore artifacts() const { return databricks::ArtifactStore(api, options); }
    databricks::ModelRegistration models() const { return databricks::ModelRegistration(api, options); }
};

using Self = const DatabricksWorkspace&;

void bind_config(py::module_& m) {
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

void bind_files(py::class_<DatabricksWorkspace>& workspace) {
    workspace
        .def(
            "upload_file",
            [](Self w, const std::string& path, const fs::path& file, bool overwrite) {
                w.files().upload(path, file, overwrite);
            },
            py::arg("path"), py::arg("file"), py::kw_only(), py::arg("overwrite") = true, Released())
        .def(
            "download_file", [](Self w, const std::string& path, const fs::path& to) { w.files().download(path, to); },
            py::arg("path"), py::arg("destination"), Released())
        .def(
            "file_size", [](Self w, const std::string& path) { return w.files().size(path); }, py::arg("path"),
            Released())
        .def(
            "remove_file", [](Self w, const std::string& path) { w.files().remove(path); }, py::arg("path"), Released())
        .def(
            "create_folder", [](Self w, const std::string& path) { w.files().create_folder(path); }, py::arg("path"),
            Released())
        .def(
            "folder_exists", [](Self w, const std::string& path) { return w.files().folder_exists(path); },
            py::arg("path"), Released())
        .def(
            "remove_folder", [](Self w, const std::string& path) { w.files().remove_folder(path); }, py::arg("path"),
            Released())
        .def(
            "list_folder", [](Self w, const std::string& path) { return w.files().list(path); }, py::arg("path"),
            Released())
        .def(
            "upload_artifact",
            [](Self w, const std::string& uri, const std::string& path, const fs::path& file) {
                w.artifacts().upload(uri, path, file);
            },
            py::arg("artifact_uri"), py::arg("path"), py::arg("file"), Released())
        .def(
            "download_artifact",
            [](Self w, const std::string& uri, const std::string& path, const fs::path& to) {
                w.artifacts().download(uri, path, to);
            },
            py::arg("artifact_uri"), py::arg("path"), py::arg("destination"), Released());
}

void bind_registry_and_folders(py::class_<DatabricksWorkspace>& workspace) {
    workspace.def_property_readonly("host", [](Self w) { return w.api.address().url; })
        .def(
            "user_name", [](Self w) { return w.folders().user_name(); }, Released())
        .def(
            "create_workspace_folders", [](Self w, const std::string& path) { w.folders().create_folders(path); },
            py::arg("path"), Released())
        .def(
            "experiment_path", [](Self w, const std::string& name) { return w.folders().experiment_path(name); },
            py::arg("name"), Released())
        .def(
            "ensure_experiment", [](Self w, const std::string& path) { return w.folders().ensure_experiment(path).id; },
            py::arg("path"), Released())
        .def(
            "ensure_model",
            [](Self w, const std::string& name, const std::string& description) {
                w.models().ensure_model(name, description);
            },
            py::arg("name"), py::kw_only(), py::arg("description") = "", Released())
        .def(
            "register_version",
            [](Self w, const std::string& name, const fs::path& folder, const std::string& source,
               const std::string& run_id, const std::string& model_id, const std::string& description,
               const std::map<std::string, std::string>& tags) {
                databricks::NewModelVersion version{name, folder, source, run_id, model_id, description, {}};
                for (const auto& [key, value] : tags) version.tags.push_back({key, value});
                return w.models().register_version(version);
            },
            py::arg("name"), py::arg("folder"), py::kw_only(), py::arg("source"), py::arg("run_id") = "",
            py::arg("model_id") = "", py::arg("description") = "",
            py::arg("tags") = std::map<std::string, std::string>(), Released());
}

}  // namespace

void bind_databricks(py::module_& m) {
    bind_config(m);
    py::class_<databricks::VolumeEntry>(m, "VolumeEntry", "A file or folder in a volume.")
        .def_readonly("path", &databricks::VolumeEntry::path)
        .def_readonly("is_folder", &databricks::VolumeEntry::is_folder)
        .def_readonly("size", &databricks::VolumeEntry::size)
        .def("__repr__", [](const databricks::VolumeEntry& e) { return "<VolumeEntry " + e.path + ">"; });
    py::class_<databricks::RegisteredVersion>(m, "RegisteredVersion", "A model version in Unity Catalog.")
        .def_readonly("name", &databricks::RegisteredVersion::name)
        .def_readonly("version", &databricks::RegisteredVersion::version)
        .def_readonly("status", &databricks::RegisteredVersion::status)
        .def("__repr__", [](const databricks::RegisteredVersion& v) {
            return "<RegisteredVersion " + v.name + " " + v.version + " " + v.status + ">";
        });
    m.def("expect_signature", &databricks::expect_signature, py::arg("model_folder"));
    py::class_<DatabricksWorkspace> workspace(m, "DatabricksWorkspace");
    workspace.def(py::init([](const std::string& profile, double deadline, index part_size, index multipart_from,
                              const std::string& s3, const std::string& azure, const std::string& gcs) {
                      return DatabricksWorkspace(profile, deadline, {part_size, multipart_from, s3, azure, gcs});
                  }),
                  py::kw_only(), py::arg("profile"), py::arg("deadline"), py::arg("part_size"),
                  py::arg("multipart_from"), py::arg("s3_endpoint"), py::arg("azure_endpoint"), py::arg("gcs_endpoint"),
                  Released());
    bind_files(workspace);
    bind_registry_and_folders(workspace);
}

}  // namespace assay::bindings
