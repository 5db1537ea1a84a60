#include "assay/tracking/rest/registry.hpp"

#include "assay/base/error.hpp"
#include "assay/tracking/detail/registry_shapes.hpp"
#include "assay/tracking/detail/rest_call.hpp"

namespace assay::tracking::rest {
namespace {

using detail::nothing;
using nlohmann::json;

Query query_of(const RegistryQuery& query) {
    Query out{{"max_results", std::to_string(query.page_size)}};
    if (!query.filter.empty()) out.emplace_back("filter", query.filter);
    for (const auto& order : query.order_by) out.emplace_back("order_by", order);
    return out;
}

/// The version of an answer's JSON. Unity Catalog lists its aliases as {alias, version}, MLflow by name.
ModelVersion read_version(json version) {
    if (const auto aliases = version.find("aliases"); aliases != version.end() && aliases->is_array()) {
        for (auto& alias : *aliases) {
            if (alias.is_object()) alias = json(alias.value("alias", ""));
        }
    }
    return detail::read<ModelVersion>(version);
}

ModelVersion get_version_from(const Connection& connection, const std::string& path, const Query& query) {
    ModelVersion out;
    connection.get(path, query, [&](const json& answer) { out = read_version(answer.at("model_version")); });
    return out;
}

ModelVersion send_version(const Connection& connection, const char* method, const std::string& path, const json& body,
                          Repeat repeat = Repeat::yes) {
    ModelVersion out;
    const auto read = [&](const json& answer) { out = read_version(answer.at("model_version")); };
    connection.send(method, path, body, read, repeat);
    return out;
}

}  // namespace

Registry::Registry(const Connection& connection, RegistryKind kind) : connection_(connection), kind_(kind) {}

std::string Registry::path(std::string_view rest) const {
    return detail::endpoint(detail::api2,
                            (kind_ == RegistryKind::unity_catalog ? "unity-catalog/" : "") + std::string(rest));
}

void Registry::expect_stages() const {
    if (kind_ == RegistryKind::mlflow) return;
    throw StateError("registry: Unity Catalog has no stages; set an alias in their place");
}

RegisteredModel Registry::create_model(const std::string& name, const TextMap& tags,
                                       const std::string& description) const {
    json body{{"name", name}};
    detail::put(body, "tags", tags);
    detail::put(body, "description", description);
    return detail::send<RegisteredModel>(connection_, "POST", path("registered-models/create"), body,
                                         "registered_model", Repeat::no);
}

RegisteredModel Registry::ensure_model(const std::string& name, const TextMap& tags) const {
    try {
        return create_model(name, tags);
    } catch (const ResourceAlreadyExists&) {
        return get_model(name);
    } catch (const AuthError&) {
        throw;
    } catch (const HttpError&) {  // the answer may have been lost
        if (auto found = find_model(name)) return *std::move(found);
        throw;
    }
}

RegisteredModel Registry::get_model(std::string_view name) const {
    return detail::get<RegisteredModel>(connection_, path("registered-models/get"), {{"name", std::string(name)}},
                                        "registered_model");
}

std::optional<RegisteredModel> Registry::find_model(std::string_view name) const {
    try {
        return get_model(name);
    } catch (const ResourceDoesNotExist&) {
        return std::nullopt;
    }
}

Page<RegisteredModel> Registry::search_models_page(const RegistryQuery& query, const std::string& page_token) const {
    return detail::get_page<RegisteredModel>(connection_, path("registered-models/search"), query_of(query),
                                             "registered_models", page_token);
}

PageRange<RegisteredModel> Registry::search_models(const RegistryQuery& query) const {
    return PageRange<RegisteredModel>(
        [self = *this, query](const std::string& token) { return self.search_models_page(query, token); });
}

RegisteredModel Registry::rename_model(const std::string& name, const std::string& new_name) const {
    const json body{{"name", name}, {"new_name", new_name}};
    const bool unity = kind_ == RegistryKind::unity_catalog;
    try {
        return detail::send<RegisteredModel>(connection_, unity ? "PATCH" : "POST",
                                             path(unity ? "registered-models/update" : "registered-models/rename"),
                                             body, "registered_model", Repeat::refused);
    } catch (const ResourceDoesNotExist& e) {
        if (e.repeated()) {
            if (auto renamed = find_model(new_name)) return *std::move(renamed);
        }
        throw;
    }
}

RegisteredModel Registry::update_model(const std::string& name, const std::string& description) const {
    return detail::send<RegisteredModel>(connection_, "PATCH", path("registered-models/update"),
                                         {{"name", name}, {"description", description}}, "registered_model");
}

void Registry::delete_model(const std::string& name) const {
    detail::remove(connection_, "DELETE", path("registered-models/delete"), {{"name", name}});
}

void Registry::set_model_tag(const std::string& name, const KeyValue& tag) const {
    connection_.send("POST", path("registered-models/set-tag"),
                     {{"name", name}, {"key", tag.key}, {"value", tag.value}}, nothing);
}

void Registry::delete_model_tag(const std::string& name, const std::string& key) const {
    connection_.send("DELETE", path("registered-models/delete-tag"), {{"name", name}, {"key", key}}, nothing);
}

void Registry::set_alias(const std::string& name, const std::string& alias, const std::string& version) const {
    connection_.send("POST", path("registered-models/alias"), {{"name", name}, {"alias", alias}, {"version", version}},
                     nothing);
}

void Registry::delete_alias(const std::string& name, const std::string& alias) const {
    connection_.send("DELETE", path("registered-models/alias"), {{"name", name}, {"alias", alias}}, nothing);
}

ModelVersion Registry::version_by_alias(const std::string& name, const std::string& alias) const {
    return get_version_from(connection_, path("registered-models/alias"), {{"name", name}, {"alias", alias}});
}

std::optional<ModelVersion> Registry::find_version_by_alias(const std::string& name, const std::string& alias) const {
    try {
        return version_by_alias(name, alias);
    } catch (const ResourceDoesNotExist&) {
        return std::nullopt;
    } catch (const InvalidParameter& e) {
        // 3.17 calls an alias that is not there an invalid parameter; a bad name it does so, too, in other words.
        if (e.server_words().find("alias") == std::string::npos) throw;
        return std::nullopt;
    }
}

ModelVersion Registry::create_version(const NewModelVersion& version) const {
    return send_version(connection_, "POST", path("model-versions/create"), detail::write_value(version), Repeat::no);
}

ModelVersion Registry::get_version(const std::string& name, const std::string& version) const {
    return get_version_from(connection_, path("model-versions/get"), {{"name", name}, {"version", version}});
}

Page<ModelVersion> Registry::search_versions_page(const RegistryQuery& query, const std::string& page_token) const {
    return detail::get_page<ModelVersion>(connection_, path("model-versions/search"), query_of(query), "model_versions",
                                          page_token);
}

PageRange<ModelVersion> Registry::search_versions(const RegistryQuery& query) const {
    return PageRange<ModelVersion>(
        [self = *this, query](const std::string& token) { return self.search_versions_page(query, token); });
}

ModelVersion Registry::update_version(const std::string& name, const std::string& version,
                                      const std::string& description) const {
    return send_version(connection_, "PATCH", path("model-versions/update"),
                        {{"name", name}, {"version", version}, {"description", description}});
}

void Registry::delete_version(const std::string& name, const std::string& version) const {
    detail::remove(connection_, "DELETE", path("model-versions/delete"), {{"name", name}, {"version", version}});
}

void Registry::set_version_tag(const std::string& name, const std::string& version, const KeyValue& tag) const {
    connection_.send("POST", path("model-versions/set-tag"),
                     {{"name", name}, {"version", version}, {"key", tag.key}, {"value", tag.value}}, nothing);
}

void Registry::delete_version_tag(const std::string& name, const std::string& version, const std::string& key) const {
    connection_.send("DELETE", path("model-versions/delete-tag"), {{"name", name}, {"version", version}, {"key", key}},
                     nothing);
}

std::string Registry::download_uri(const std::string& name, const std::string& version) const {
    std::string uri;
    connection_.get(path("model-versions/get-download-uri"), {{"name", name}, {"version", version}},
                    [&](const json& answer) { detail::read_value(answer.at("artifact_uri"), uri); });
    return uri;
}

std::vector<ModelVersion> Registry::latest_versions(const std::string& name,
                                                    const std::vector<std::string>& stages) const {
    expect_stages();
    json body{{"name", name}};
    detail::put(body, "stages", stages);
    std::vector<ModelVersion> versions;
    connection_.send("POST", path("registered-models/get-latest-versions"), body, [&](const json& answer) {
        versions = detail::read_page<ModelVersion>(answer, "model_versions").items;
    });
    return versions;
}

ModelVersion Registry::transition_stage(const std::string& name, const std::string& version, const std::string& stage,
                                        bool archive_existing) const {
    expect_stages();
    return detail::send<ModelVersion>(
        connection_, "POST", path("model-versions/transition-stage"),
        {{"name", name}, {"version", version}, {"stage", stage}, {"archive_existing_versions", archive_existing}},
        "model_version");
}

}  // namespace assay::tracking::rest
