#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/rest/connection.hpp"
#include "assay/tracking/rest/registry_types.hpp"

namespace assay::tracking::rest {

/// Whose registry: MLflow's own, or Unity Catalog's, which has the same verbs under `unity-catalog/`, names of three
/// parts and no stages.
enum class RegistryKind { mlflow, unity_catalog };

/// The model registry: names, their versions, aliases and tags.
///
/// All methods throw as Connection does: ResourceDoesNotExist for a name, version or alias that is not there,
/// ResourceAlreadyExists for a name that is taken.
/// Source: /api/2.0/mlflow/registered-models and /model-versions of mlflow 3.17, databricks_uc_registry_service.proto.
class ASSAY_EXPORT Registry {
  public:
    explicit Registry(const Connection& connection, RegistryKind kind = RegistryKind::mlflow);

    RegisteredModel create_model(const std::string& name, const TextMap& tags = {},
                                 const std::string& description = {}) const;
    /// The model of this name, created where there is none.
    RegisteredModel ensure_model(const std::string& name, const TextMap& tags = {}) const;
    RegisteredModel get_model(std::string_view name) const;
    std::optional<RegisteredModel> find_model(std::string_view name) const;
    PageRange<RegisteredModel> search_models(const RegistryQuery& query = {}) const;
    Page<RegisteredModel> search_models_page(const RegistryQuery& query, const std::string& page_token = {}) const;
    RegisteredModel rename_model(const std::string& name, const std::string& new_name) const;
    RegisteredModel update_model(const std::string& name, const std::string& description) const;
    /// With all its versions. Their files stay.
    void delete_model(const std::string& name) const;
    void set_model_tag(const std::string& name, const KeyValue& tag) const;
    void delete_model_tag(const std::string& name, const std::string& key) const;

    /// Moves the alias where it stands at another version.
    void set_alias(const std::string& name, const std::string& alias, const std::string& version) const;
    void delete_alias(const std::string& name, const std::string& alias) const;
    ModelVersion version_by_alias(const std::string& name, const std::string& alias) const;
    /// Nothing where the model, the alias or its version is not there.
    std::optional<ModelVersion> find_version_by_alias(const std::string& name, const std::string& alias) const;

    /// Not repeated by itself: an answer that is lost leaves it open whether the version exists. Search before calling
    /// again, by a tag of your own, say.
    ModelVersion create_version(const NewModelVersion& version) const;
    ModelVersion get_version(const std::string& name, const std::string& version) const;
    PageRange<ModelVersion> search_versions(const RegistryQuery& query = {}) const;
    Page<ModelVersion> search_versions_page(const RegistryQuery& query, const std::string& page_token = {}) const;
    ModelVersion update_version(const std::string& name, const std::string& version,
                                const std::string& description) const;
    void delete_version(const std::string& name, const std::string& version) const;
    void set_version_tag(const std::string& name, const std::string& version, const KeyValue& tag) const;
    void delete_version_tag(const std::string& name, const std::string& version, const std::string& key) const;
    /// Where the version's files are.
    std::string download_uri(const std::string& name, const std::string& version) const;

    /// The newest version of each stage. @throws StateError for Unity Catalog, which has none
    std::vector<ModelVersion> latest_versions(const std::string& name,
                                              const std::vector<std::string>& stages = {}) const;
    /// @throws StateError for Unity Catalog
    ModelVersion transition_stage(const std::string& name, const std::string& version, const std::string& stage,
                                  bool archive_existing = false) const;

  private:
    std::string path(std::string_view rest) const;
    void expect_stages() const;

    const Connection& connection_;
    RegistryKind kind_;
};

}  // namespace assay::tracking::rest
