#pragma once

#include <optional>
#include <string>
#include <utility>

#include "assay/tracking/detail/patience.hpp"
#include "assay/tracking/rest/logged_models.hpp"
#include "assay/tracking/rest/registry.hpp"

namespace assay::tracking::detail {

inline constexpr const char* model_uuid_tag = "assay.model_uuid";
inline constexpr const char* digest_tag = "assay.digest";
inline constexpr const char* registration_tag = "assay.registration";
inline constexpr const char* model_ready = "LOGGED_MODEL_READY";

/// A text as it stands in the search language: in quotes, which it cannot hold.
std::string quoted(const std::string& text);

/// The model that a document made, or one of its content that stands in its place (`digest` empty: only the former).
std::optional<rest::LoggedModel> find_model(const rest::LoggedModels& models, const SyncOptions& options,
                                            const std::string& experiment_id, const std::string& uuid,
                                            const std::string& digest);

/// The latest version of a registered model, or the latest of this content.
std::optional<rest::ModelVersion> latest_version(const rest::Registry& registry, const std::string& name,
                                                 const std::string& digest = {});

/// The version that a document of this id made, whatever came after it.
std::optional<rest::ModelVersion> version_registered_as(const rest::Registry& registry, const std::string& name,
                                                        const std::string& registration);

/// The version that a record registered (its id is the version's tag), or one of this content that stood in its place.
/// Without a digest any version may have done that.
std::optional<rest::ModelVersion> find_registration(const rest::Registry& registry, const std::string& name,
                                                    const std::string& id, const std::string& digest);

/// Makes what a server makes anew at every request: looks for it before each attempt, so that an answer that is lost
/// does not make it twice.
template <typename Find, typename Make>
auto find_or_make(const SyncOptions& options, Find&& find, Make&& make) {
    Patience patience(options);
    for (;;) {
        if (auto found = find()) return *std::move(found);
        try {
            return make();
        } catch (const AuthError&) {
            throw;
        } catch (const MlflowError& e) {
            if (!e.transient() || !patience.wait()) throw;
        } catch (const HttpError&) {
            if (!patience.wait()) throw;
        }
    }
}

}  // namespace assay::tracking::detail
