#include "tracking/databricks/catalog_registry.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/databricks/workspace.hpp"
#include "assay/tracking/detail/model_lookup.hpp"
#include "assay/tracking/environment.hpp"

namespace assay::tracking::databricks {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t clocks_differ_ms = 24 * 3600 * 1000;  // between here and the workspace, at most

std::int64_t number_of(const std::string& version) {
    std::int64_t out = 0;
    std::from_chars(version.data(), version.data() + version.size(), out);
    return out;
}

/// MLflow's variable for storage at another address than AWS's: a private endpoint, or a test's.
UploadOptions upload_options() {
    UploadOptions options;
    options.s3_endpoint = Environment::of_process().variable("MLFLOW_S3_ENDPOINT_URL").value_or("");
    return options;
}

}  // namespace

CatalogRegistry::CatalogRegistry(const detail::DocumentDelivery& delivery)
    : VersionRegistry(rest::Registry(delivery.client.connection(), rest::RegistryKind::unity_catalog)),
      delivery_(delivery),
      api_(delivery.client.address()),
      registration_(api_, upload_options()) {}

CatalogRegistry::~CatalogRegistry() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

// "assay.alias.go-live" is "assay_alias_go_d_live": '_' is doubled in what people name, so that no two are the same.
std::string CatalogRegistry::key(const std::string& tag) const {
    std::string out;
    for (const char c : tag) {
        out += c == '.' ? "_" : c == '-' ? "_d_" : c == '_' ? "__" : std::string(1, c);
    }
    return out;
}

void CatalogRegistry::expect_name(const std::string& name) const { parse_model_name(name); }

/// The versions that may have been made since then, the latest first.
std::vector<std::string> CatalogRegistry::numbers(const std::string& name, std::int64_t since) const {
    std::vector<std::string> found;
    for (const auto& version : calls().search_versions({"name = " + detail::quoted(name), {}, 100})) {
        const bool before = version.creation_timestamp != 0 && version.creation_timestamp < since - clocks_differ_ms;
        if (!before) found.push_back(version.version);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return number_of(a) > number_of(b); });
    return found;
}

std::optional<rest::ModelVersion> CatalogRegistry::find(const std::string& name, const std::string& number) const {
    try {
        return calls().get_version(name, number);
    } catch (const ResourceDoesNotExist&) {  // deleted since it was listed
        return std::nullopt;
    }
}

std::optional<rest::ModelVersion> CatalogRegistry::latest(const std::string& name, const std::string& digest) const {
    for (const auto& number : numbers(name, 0)) {
        auto version = find(name, number);
        if (!version || version->status != detail::version_ready) continue;
        if (digest.empty() || tag(*version, detail::digest_tag) == digest) return version;
    }
    return std::nullopt;
}

std::optional<rest::ModelVersion> CatalogRegistry::registered_as(const std::string& name,
                                                                 const std::string& registration,
                                                                 std::int64_t since) const {
    for (const auto& number : numbers(name, since)) {
        auto version = find(name, number);
        if (!version || tag(*version, detail::registration_tag) != registration) continue;
        return version->status == detail::version_ready || go_on_with(*version) ? version : std::nullopt;
    }
    return std::nullopt;
}

/// Whether the files of a version whose creation got no answer can be sent; it is deleted where they cannot.
bool CatalogRegistry::go_on_with(const rest::ModelVersion& version) const {
    const auto answer = api_.get("/api/2.0/mlflow/unity-catalog/model-versions/get",
                                 {{"name", version.name}, {"version", version.version}});
    const auto held = answer.value("model_version", nlohmann::json::object());
    begun_ = {parse_model_name(version.name), version.version, held.value("storage_location", "")};
    if (!begun_.storage_location.empty()) return true;
    registration_.discard(begun_);
    return false;
}

rest::ModelVersion CatalogRegistry::create(const rest::NewModelVersion& version, const rest::LoggedModel& model) const {
    NewModelVersion wanted{
        version.name, files_of(model), version.source, version.run_id, version.model_id, version.description, {}};
    for (const auto& [name, value] : version.tags) wanted.tags.push_back({name, value});
    begun_ = registration_.begin_version(wanted);
    rest::ModelVersion made;
    made.name = version.name;
    made.version = begun_.version;
    made.status = "PENDING_REGISTRATION";
    return made;
}

// A version whose files could not be sent for now is filled by the next delivery, which finds it by its tag; one that
// never can be is deleted.
void CatalogRegistry::complete(rest::ModelVersion& version, const rest::LoggedModel& model) const {
    if (version.status == detail::version_ready) return;
    try {
        registration_.upload_files(begun_, files_of(model));
    } catch (const AuthError&) {
        throw;
    } catch (const MlflowError& e) {
        if (!e.transient()) registration_.discard(begun_);
        throw;
    } catch (const ValueError&) {
        registration_.discard(begun_);
        throw;
    }
    try {
        version.status = registration_.finalize(begun_).status;
    } catch (const MlflowError&) {
        // One whose answer was lost was finalized before.
        const auto held = find(version.name, version.version);
        if (!held || held->status != detail::version_ready) throw;
        version.status = held->status;
    }
}

const fs::path& CatalogRegistry::files_of(const rest::LoggedModel& model) const {
    if (!fetched_) {
        folder_ = delivery_.state.folder() / ("version-of-" + model.model_id);
        std::error_code ignored;
        fs::remove_all(folder_, ignored);  // of a delivery that was cut
        delivery_.artifacts.download_all(model.artifact_location, "", folder_);
        fetched_ = true;
    }
    return folder_;
}

}  // namespace assay::tracking::databricks
