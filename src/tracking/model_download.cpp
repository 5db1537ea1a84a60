#include "assay/tracking/model_download.hpp"

#include <algorithm>

#include "assay/base/error.hpp"
#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/detail/model_lookup.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view scheme = "models:/";

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 18 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_model_id(std::string_view text) { return text.substr(0, 2) == "m-" && text.find_first_of("/@") == text.npos; }

}  // namespace

ModelUri ModelUri::parse(std::string_view text) {
    ModelUri uri;
    std::string_view rest = text.substr(0, scheme.size()) == scheme ? text.substr(scheme.size()) : std::string_view();
    if (is_model_id(rest)) {
        uri.model_id = rest;
        return uri;
    }
    const auto mark = rest.find_last_of("/@");
    if (mark != rest.npos && mark > 0) {
        const auto tail = rest.substr(mark + 1);
        uri.name = rest.substr(0, mark);
        (rest[mark] == '@' ? uri.alias : uri.version) = tail;
    }
    const bool versioned = is_number(uri.version) || uri.version == "latest";
    if (uri.name.empty() || uri.name.find('/') != uri.name.npos || (uri.alias.empty() && !versioned)) {
        throw ValueError(
            "model: expected 'models:/name/3', 'models:/name@alias', 'models:/name/latest' or "
            "'models:/m-…', got '" +
            std::string(text) + "'");
    }
    return uri;
}

std::string model_artifacts(const MlflowClient& client, const ModelUri& model) {
    if (!model.model_id.empty()) return rest::LoggedModels(client.connection()).get(model.model_id).artifact_location;
    const rest::Registry registry(client.connection());
    std::string version = model.version;
    if (!model.alias.empty()) {
        version = registry.version_by_alias(model.name, model.alias).version;
    } else if (version == "latest") {
        const auto latest = detail::latest_version(registry, model.name);
        if (!latest) throw StateError("model: '" + model.name + "' has no version on the server");
        version = latest->version;
    }
    return registry.download_uri(model.name, version);
}

void download_model(const MlflowClient& client, const ModelUri& model, const fs::path& folder) {
    if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
        throw IoError("download_model: expected an empty folder or none, got " + folder.string());
    }
    const std::string place = model_artifacts(client, model);
    const fs::path parts = folder.string() + ".part";
    fs::remove_all(parts);
    fs::create_directories(parts);
    try {
        ArtifactClient(client.address()).download_all(place, "", parts);
        if (!fs::exists(parts / "MLmodel")) {
            throw StateError("download_model: expected a file MLmodel among the model's files, got none");
        }
        fs::remove(folder);
        fs::rename(parts, folder);
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(parts, ignored);
        throw;
    }
}

}  // namespace assay::tracking
