#include "assay/tracking/detail/artifact_uri.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::tracking::detail {
namespace {

using nlohmann::json;

constexpr std::string_view runs = "runs:/";
constexpr std::string_view models_scheme = "models:/";

/// What stands before the next '/', which is taken from `text` together with it.
std::string take_segment(std::string_view& text) {
    const auto slash = std::min(text.find('/'), text.size());
    const std::string segment(text.substr(0, slash));
    text.remove_prefix(std::min(slash + 1, text.size()));
    return segment;
}

std::string uri_of_run(const rest::Connection& server, const std::string& run) {
    std::string uri;
    server.get("/api/2.0/mlflow/runs/get", {{"run_id", run}},
               [&uri](const json& answer) { uri = answer.at("run").at("info").at("artifact_uri"); });
    return uri;
}

std::string uri_of_logged_model(const rest::Connection& server, const std::string& model) {
    std::string uri;
    server.get("/api/2.0/mlflow/logged-models/" + model, {},
               [&uri](const json& answer) { uri = answer.at("model").at("info").at("artifact_uri"); });
    return uri;
}

std::string version_of_alias(const rest::Connection& server, const std::string& name, const std::string& alias) {
    std::string version;
    server.get("/api/2.0/mlflow/registered-models/alias", {{"name", name}, {"alias", alias}},
               [&version](const json& answer) { version = answer.at("model_version").at("version"); });
    return version;
}

/// The URI of a model, and what is left of `rest` behind it.
std::string uri_of_model(const rest::Connection& server, std::string_view& rest) {
    const std::string first = take_segment(rest);
    const auto at = first.find('@');
    if (at == std::string::npos && first.starts_with("m-") && rest.find_first_of("0123456789") != 0) {
        return uri_of_logged_model(server, first);
    }
    const std::string name = first.substr(0, at);
    const std::string version =
        at == std::string::npos ? take_segment(rest) : version_of_alias(server, name, first.substr(at + 1));
    if (name.empty() || version.empty() || version.find_first_not_of("0123456789") != std::string::npos) {
        throw ValueError(
            "artifacts: expected models:/name/version, models:/name@alias or models:/m-…, got another form");
    }
    std::string uri;
    server.get("/api/2.0/mlflow/model-versions/get-download-uri", {{"name", name}, {"version", version}},
               [&uri](const json& answer) { uri = answer.at("artifact_uri"); });
    return uri;
}

}  // namespace

ArtifactPlace resolve_artifact_uri(const rest::Connection& server, std::string_view uri) {
    std::string current(uri);
    std::string behind;  // what the last URI leads to is the root of
    for (int hop = 0; hop < 4; ++hop) {
        std::string_view rest = current;
        std::string next;
        if (rest.starts_with(runs)) {
            rest.remove_prefix(runs.size());
            next = uri_of_run(server, take_segment(rest));
        } else if (rest.starts_with(models_scheme)) {
            rest.remove_prefix(models_scheme.size());
            next = uri_of_model(server, rest);
        } else {
            ArtifactPlace place = find_place(server.url(), current);
            place.folder = place.below(behind);
            return place;
        }
        if (!rest.empty()) behind = behind.empty() ? std::string(rest) : std::string(rest) + '/' + behind;
        current = std::move(next);
    }
    throw ValueError("artifacts: expected a URI that leads to a place, got one that leads in a circle");
}

}  // namespace assay::tracking::detail
