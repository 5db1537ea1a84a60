#include "tracking/databricks/signed_links.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/url.hpp"
#include "assay/tracking/rest/error.hpp"

namespace assay::tracking::databricks {
namespace {

using nlohmann::json;

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find('/', begin), text.size());
        if (end > begin) parts.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

std::string join(const std::vector<std::string>& parts, std::size_t from) {
    std::string out;
    for (std::size_t i = from; i < parts.size(); ++i) out += (out.empty() ? "" : "/") + parts[i];
    return out;
}

LinkKind kind_of(const json& info) {
    const std::string name = info.at("type").get<std::string>();
    if (name == "AZURE_SAS_URI") return LinkKind::azure_blob;
    if (name == "AWS_PRESIGNED_URL") return LinkKind::s3;
    if (name == "GCP_SIGNED_URL") return LinkKind::gcs;
    if (name == "AZURE_ADLS_GEN2_SAS_URI") return LinkKind::azure_data_lake;
    throw std::invalid_argument("kind of link");
}

[[noreturn]] void distrust() {
    throw MlflowError("databricks: the workspace signed no link of a known kind for an artifact", 200, "", "", true);
}

}  // namespace

http::Request to_link(const char* method, const SignedLink& link) {
    http::Request request;
    request.method = method;
    request.url = link.url;
    request.headers = link.headers;
    return request;
}

TypedLink read_link(const json& info) {
    try {
        TypedLink link{kind_of(info), {info.at("signed_uri").get<std::string>(), {}}};
        for (const auto& header : info.value("headers", json::array())) {
            link.link.headers.emplace_back(header.at("name").get<std::string>(), header.at("value").get<std::string>());
        }
        return link;
    } catch (const std::exception&) {
        distrust();
    }
}

std::string ArtifactOwner::below(std::string_view path) const {
    return folder.empty() ? std::string(path) : folder + "/" + std::string(path);
}

ArtifactOwner parse_artifact_uri(std::string_view uri) {
    constexpr std::string_view scheme = "dbfs:/";
    if (uri.substr(0, scheme.size()) == scheme) {
        auto parts = split(uri.substr(scheme.size()));
        // dbfs://profile@databricks/… names a workspace, and it is this one.
        if (!parts.empty() && uri.substr(0, 7) == "dbfs://") parts.erase(parts.begin());
        if (parts.size() >= 4 && parts[0] == "Volumes") return {ArtifactOwner::Kind::volume, "", "/" + join(parts, 0)};
        const bool tracked = parts.size() >= 5 && parts[0] == "databricks" && parts[1] == "mlflow-tracking";
        if (tracked && parts[3] == "logged_models" && parts.size() >= 6 && parts[5] == "artifacts") {
            return {ArtifactOwner::Kind::logged_model, parts[4], join(parts, 6)};
        }
        if (tracked && parts[3] != "logged_models" && parts[4] == "artifacts") {
            return {ArtifactOwner::Kind::run, parts[3], join(parts, 5)};
        }
    }
    throw ValueError(
        "databricks: expected artifacts under dbfs:/databricks/mlflow-tracking/… or dbfs:/Volumes/…, got '" +
        std::string(uri.substr(0, std::min(uri.find(':'), uri.size()))) + ":'");
}

TypedLink link_to(const WorkspaceApi& api, const ArtifactOwner& owner, const std::string& path, bool to_write) {
    json answer;
    json infos;
    if (owner.kind == ArtifactOwner::Kind::run) {
        answer = api.post(std::string("/api/2.0/mlflow/artifacts/credentials-for-") + (to_write ? "write" : "read"),
                          {{"run_id", owner.id}, {"path", json::array({path})}});
        infos = answer.value("credential_infos", json::array());
    } else {
        answer = api.post("/api/2.0/mlflow/logged-models/" + detail::encode_url(owner.id) +
                              "/artifacts/credentials-for-" + (to_write ? "upload" : "download"),
                          {{"paths", json::array({path})}});
        for (const auto& item : answer.value("credentials", json::array())) {
            infos.push_back(item.value("credential_info", json::object()));
        }
    }
    if (!infos.is_array() || infos.size() != 1) distrust();
    return read_link(infos[0]);
}

}  // namespace assay::tracking::databricks
