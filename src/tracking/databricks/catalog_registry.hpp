#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/tracking/databricks/model_registration.hpp"
#include "assay/tracking/databricks/workspace_api.hpp"
#include "assay/tracking/detail/version_registry.hpp"

namespace assay::tracking::databricks {

/// Unity Catalog as delivery sees it. Its searches know names alone and tell no tags, so that each version is asked
/// for; a version is made, its files go to the catalog's storage, and it is finalized.
///
/// Source: mlflow 3.17, store/_unity_catalog/registry/rest_store.py; for tags Databricks' documentation, "Apply tags to
/// Unity Catalog securable objects": no `. , - = / :` in keys, 1000 characters in values.
class CatalogRegistry : public detail::VersionRegistry {
  public:
    explicit CatalogRegistry(const detail::DocumentDelivery& delivery);
    ~CatalogRegistry() override;

    std::string key(const std::string& tag) const override;
    std::size_t longest_value() const override { return 1000; }
    void expect_name(const std::string& name) const override;
    std::optional<rest::ModelVersion> latest(const std::string& name, const std::string& digest) const override;
    std::optional<rest::ModelVersion> registered_as(const std::string& name, const std::string& registration,
                                                    std::int64_t since) const override;
    rest::ModelVersion create(const rest::NewModelVersion& version, const rest::LoggedModel& model) const override;
    void complete(rest::ModelVersion& version, const rest::LoggedModel& model) const override;

  private:
    std::vector<std::string> numbers(const std::string& name, std::int64_t since) const;
    std::optional<rest::ModelVersion> find(const std::string& name, const std::string& number) const;
    bool go_on_with(const rest::ModelVersion& version) const;
    const std::filesystem::path& files_of(const rest::LoggedModel& model) const;

    const detail::DocumentDelivery& delivery_;
    WorkspaceApi api_;
    ModelRegistration registration_;
    mutable std::filesystem::path folder_;  // the model's files, fetched once; they go with this object
    mutable bool fetched_ = false;
    mutable PendingVersion begun_;  // the version that waits for its files
};

}  // namespace assay::tracking::databricks
