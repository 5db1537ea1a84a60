#include "assay/tracking/databricks/workspace.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/rest/error.hpp"

namespace assay::tracking::databricks {
namespace {

using nlohmann::json;

bool is_missing(const MlflowError& error) {
    return error.status() == 404 || error.error_code() == "RESOURCE_DOES_NOT_EXIST" ||
           error.error_code() == "NOT_FOUND";
}

void expect_path(std::string_view path) {
    const bool good =
        path.size() > 1 && path.front() == '/' && path.back() != '/' && path.find("//") == std::string_view::npos;
    if (good) return;
    throw ValueError("databricks: expected an absolute path in the workspace such as /Shared/icu/sepsis, got '" +
                     std::string(path) + "'");
}

Experiment read_answer(const json& body) {
    try {
        return detail::read<Experiment>(body.at("experiment"));
    } catch (const std::exception&) {
        throw MlflowError("databricks: the workspace described an experiment without id or name", 200, "", "", true);
    }
}

std::optional<Experiment> find_experiment(const WorkspaceApi& api, const std::string& path) {
    try {
        return read_answer(api.get("/api/2.0/mlflow/experiments/get-by-name", {{"experiment_name", path}}));
    } catch (const MlflowError& error) {
        // A proxy's 404 has no error code, and says nothing about the experiment.
        if (error.error_code() == "RESOURCE_DOES_NOT_EXIST") return std::nullopt;
        throw;
    }
}

}  // namespace

std::string Workspace::user_name() const {
    const json me = api_.get("/api/2.0/preview/scim/v2/Me");
    if (!me.contains("userName") || !me["userName"].is_string()) {
        throw MlflowError("databricks: the workspace named no user for these credentials", 200, "", "", true);
    }
    return me["userName"].get<std::string>();
}

void Workspace::create_folders(std::string_view path) const {
    expect_path(path);
    api_.post("/api/2.0/workspace/mkdirs", {{"path", path}});
}

std::string Workspace::experiment_path(std::string_view name, const Environment& environment) const {
    std::string path(name);
    if (path.empty() || path.front() != '/') {
        auto folder = environment.variable("ASSAY_DATABRICKS_FOLDER").value_or("");
        if (folder.empty()) folder = "/Users/" + user_name();
        while (!folder.empty() && folder.back() == '/') folder.pop_back();
        path = folder + "/" + path;
    }
    expect_path(path);
    return path;
}

Experiment Workspace::ensure_experiment(const std::string& path) const {
    expect_path(path);
    auto found = find_experiment(api_, path);
    for (bool folders_made = false; !found;) {
        try {
            api_.post("/api/2.0/mlflow/experiments/create", {{"name", path}});
        } catch (const MlflowError& error) {
            const std::string folder = path.substr(0, path.rfind('/'));
            if (is_missing(error) && !folders_made && !folder.empty()) {
                create_folders(folder);
                folders_made = true;
                continue;
            }
            // Another client was faster, or our first answer was lost.
            if (error.error_code() != "RESOURCE_ALREADY_EXISTS") throw;
        }
        found = find_experiment(api_, path);
        if (!found) throw MlflowError("databricks: the experiment just created is not there", 404, "", "", true);
    }
    if (found->lifecycle_stage == "deleted") {
        throw StateError("databricks: experiment '" + path + "' is in the trash; restore it there, or log to another");
    }
    return *found;
}

Experiment ensure_experiment(const ServerAddress& address, const std::string& name) {
    const WorkspaceApi api(address);
    const Workspace workspace(api);
    return workspace.ensure_experiment(workspace.experiment_path(name));
}

std::string ModelName::folder(std::string_view version) const {
    return "/Models/" + catalog + "/" + schema + "/" + model + "/" + std::string(version);
}

ModelName parse_model_name(std::string_view name) {
    const auto first = name.find('.');
    const auto second = first == std::string_view::npos ? first : name.find('.', first + 1);
    const bool three = second != std::string_view::npos && name.find('.', second + 1) == std::string_view::npos;
    const auto bad = [](char c) { return c == '/' || c == ' ' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (three && std::none_of(name.begin(), name.end(), bad)) {
        ModelName parts{std::string(name.substr(0, first)), std::string(name.substr(first + 1, second - first - 1)),
                        std::string(name.substr(second + 1))};
        if (!parts.catalog.empty() && !parts.schema.empty() && !parts.model.empty()) return parts;
    }
    throw ValueError(
        "databricks: expected a model of Unity Catalog as catalog.schema.model, without '/' and blanks, "
        "got '" +
        std::string(name) + "'");
}

}  // namespace assay::tracking::databricks
