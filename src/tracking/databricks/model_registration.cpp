#include "assay/tracking/databricks/model_registration.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/tracking/databricks/workspace.hpp"
#include "assay/tracking/rest/error.hpp"
#include "tracking/databricks/model_store.hpp"

namespace assay::tracking::databricks {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* catalog_api = "/api/2.0/mlflow/unity-catalog/";

/// The files of a folder and all below it by their path from there, sorted.
std::vector<std::pair<std::string, fs::path>> files_below(const fs::path& folder) {
    std::vector<std::pair<std::string, fs::path>> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file())
            files.emplace_back(entry.path().lexically_relative(folder).generic_string(), entry);
    }
    std::sort(files.begin(), files.end());
    return files;
}

json body_of(const NewModelVersion& version) {
    // The empty list of feature tables is what mlflow sends for a model without them.
    json body{{"name", version.name}, {"source", version.source}, {"feature_deps", ""}};
    if (!version.run_id.empty()) body["run_id"] = version.run_id;
    if (!version.model_id.empty()) body["model_id"] = version.model_id;
    if (!version.description.empty()) body["description"] = version.description;
    for (const auto& tag : version.tags) body["tags"].push_back({{"key", tag.key}, {"value", tag.value}});
    return body;
}

std::string text(const json& object, const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

/// `{model_version: {…}}` of an answer.
json version_of(const json& answer) {
    const json version = answer.contains("model_version") ? answer["model_version"] : json();
    if (version.is_object() && !text(version, "version").empty()) return version;
    throw MlflowError("databricks: Unity Catalog described a model version without its number", 200, "", "", true);
}

struct SignatureParts {
    bool inputs = false;
    bool outputs = false;
};

/// Of an MLmodel that is JSON, as Assay writes it.
SignatureParts signature_of_json(const std::string& content) {
    const json model = json::parse(content, nullptr, false);
    const json signature = model.is_object() ? model.value("signature", json()) : json();
    if (!signature.is_object()) return {};
    return {!text(signature, "inputs").empty(), !text(signature, "outputs").empty()};
}

/// The value that stands behind "name:" in YAML, on its line.
std::string yaml_value(const std::string& line, const std::string& name) {
    const auto begin = line.find_first_not_of(' ');
    if (begin == std::string::npos || line.compare(begin, name.size() + 1, name + ":") != 0) return {};
    const auto value = line.find_first_not_of(" \t\r", begin + name.size() + 1);
    const std::string text = value == std::string::npos ? std::string() : line.substr(value);
    return text == "null" || text == "~" || text == "''" || text == "\"\"" ? std::string() : text;
}

SignatureParts signature_of_yaml(const std::string& content) {
    std::istringstream in(content);
    SignatureParts found;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#') continue;
        if (line[0] != ' ') inside = line.compare(0, 10, "signature:") == 0;
        if (!inside) continue;
        found.inputs = found.inputs || !yaml_value(line, "inputs").empty();
        found.outputs = found.outputs || !yaml_value(line, "outputs").empty();
    }
    return found;
}

}  // namespace

void expect_signature(const fs::path& folder) {
    const fs::path file = folder / "MLmodel";
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) {
        throw ValueError("databricks: expected an MLflow model in " + folder.string() + ", found no MLmodel there");
    }
    const std::string content = read_file(file);
    const bool is_json = !content.empty() && content.front() == '{';
    const auto [inputs, outputs] = is_json ? signature_of_json(content) : signature_of_yaml(content);
    if (inputs && outputs) return;
    const char* found = inputs ? "one without outputs" : outputs ? "one without inputs" : "none";
    throw ValueError(std::string("databricks: expected a model signature with inputs and outputs, which Unity Catalog "
                                 "asks for, got ") +
                     found + "; log the model with a signature");
}

void ModelRegistration::ensure_model(const std::string& name, const std::string& description) const {
    json body{{"name", parse_model_name(name).full()}};
    if (!description.empty()) body["description"] = description;
    try {
        api_.post(std::string(catalog_api) + "registered-models/create", body);
    } catch (const MlflowError& error) {
        if (error.error_code() != "RESOURCE_ALREADY_EXISTS") throw;
    }
}

RegisteredVersion ModelRegistration::register_version(const NewModelVersion& version) const {
    const PendingVersion pending = begin_version(version);
    try {
        upload_files(pending, version.folder);
    } catch (...) {
        discard(pending);
        throw;
    }
    return finalize(pending);
}

PendingVersion ModelRegistration::begin_version(const NewModelVersion& version) const {
    PendingVersion pending{parse_model_name(version.name), "", ""};
    expect_signature(version.folder);
    const json made = version_of(api_.post_once(std::string(catalog_api) + "model-versions/create", body_of(version)));
    pending.version = text(made, "version");
    pending.storage_location = text(made, "storage_location");
    return pending;
}

void ModelRegistration::upload_files(const PendingVersion& version, const fs::path& folder) const {
    const auto files = files_below(folder);
    const auto store = open_model_store(api_, version, options_);
    for (const auto& [path, file] : files) store->upload(path, file);
}

RegisteredVersion ModelRegistration::finalize(const PendingVersion& version) const {
    const std::string name = version.name.full();
    const json done = version_of(api_.post(std::string(catalog_api) + "model-versions/finalize",
                                           {{"name", name}, {"version", version.version}}));
    return {name, version.version, text(done, "status")};
}

void ModelRegistration::discard(const PendingVersion& version) const {
    http::Request request;
    request.method = "DELETE";
    request.url = std::string(catalog_api) + "model-versions/delete";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = json{{"name", version.name.full()}, {"version", version.version}}.dump();
    try {
        api_.transfer(request);
    } catch (const Error&) {  // the error that led here says more than this one
    }
}

}  // namespace assay::tracking::databricks
