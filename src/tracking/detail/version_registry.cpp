#include "assay/tracking/detail/version_registry.hpp"

#include "assay/tracking/detail/model_lookup.hpp"
#include "tracking/databricks/catalog_registry.hpp"

namespace assay::tracking::detail {
namespace {

/// MLflow's own, which finds versions by their tags.
class ServerRegistry : public VersionRegistry {
  public:
    using VersionRegistry::VersionRegistry;

    std::optional<rest::ModelVersion> latest(const std::string& name, const std::string& digest) const override {
        return latest_version(calls(), name, digest);
    }
    std::optional<rest::ModelVersion> registered_as(const std::string& name, const std::string& registration,
                                                    std::int64_t) const override {
        return version_registered_as(calls(), name, registration);
    }
};

}  // namespace

std::unique_ptr<VersionRegistry> open_version_registry(const DocumentDelivery& delivery) {
    if (delivery.client.address().databricks) return std::make_unique<databricks::CatalogRegistry>(delivery);
    return std::make_unique<ServerRegistry>(rest::Registry(delivery.client.connection()));
}

}  // namespace assay::tracking::detail
