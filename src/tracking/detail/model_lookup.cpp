#include "assay/tracking/detail/model_lookup.hpp"

namespace assay::tracking::detail {

std::string quoted(const std::string& text) {
    const char mark = text.find('\'') == std::string::npos ? '\'' : '"';
    return mark + text + mark;
}

namespace {

std::string tagged(const char* tag, const std::string& value) {
    return std::string("tags.`") + tag + "` = " + quoted(value);
}

}  // namespace

std::optional<rest::LoggedModel> find_model(const rest::LoggedModels& models, const SyncOptions& options,
                                            const std::string& experiment_id, const std::string& uuid,
                                            const std::string& digest) {
    const auto with_tag = [&](const char* tag, const std::string& value) {
        rest::LoggedModelQuery query{{experiment_id}, tagged(tag, value), {}, {{"creation_timestamp", true}}};
        return patiently(options, [&] { return models.search_page(query).items; });
    };
    for (auto& model : with_tag(model_uuid_tag, uuid)) return std::move(model);
    if (digest.empty()) return std::nullopt;
    for (auto& model : with_tag(digest_tag, digest)) {
        if (model.status == model_ready) return std::move(model);
    }
    return std::nullopt;
}

namespace {

std::optional<rest::ModelVersion> newest(const rest::Registry& registry, const std::string& filter) {
    for (auto& version : registry.search_versions_page({filter, {"version_number DESC"}, 1}).items) {
        return std::move(version);
    }
    return std::nullopt;
}

}  // namespace

std::optional<rest::ModelVersion> latest_version(const rest::Registry& registry, const std::string& name,
                                                 const std::string& digest) {
    const std::string named = "name = " + quoted(name);
    return newest(registry, digest.empty() ? named : named + " AND " + tagged(digest_tag, digest));
}

std::optional<rest::ModelVersion> version_registered_as(const rest::Registry& registry, const std::string& name,
                                                        const std::string& registration) {
    return newest(registry, "name = " + quoted(name) + " AND " + tagged(registration_tag, registration));
}

std::optional<rest::ModelVersion> find_registration(const rest::Registry& registry, const std::string& name,
                                                    const std::string& id, const std::string& digest) {
    auto made = version_registered_as(registry, name, id);
    return made ? made : latest_version(registry, name, digest);
}

}  // namespace assay::tracking::detail
