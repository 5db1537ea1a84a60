#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/rest/logged_models.hpp"
#include "assay/tracking/rest/registry.hpp"

namespace assay::tracking::detail {

inline constexpr const char* version_ready = "READY";

/// Where models are registered, as delivery needs it: MLflow's registry, or Unity Catalog in a Databricks workspace.
class VersionRegistry {
  public:
    explicit VersionRegistry(rest::Registry calls) : calls_(calls) {}
    VersionRegistry(const VersionRegistry&) = delete;
    VersionRegistry& operator=(const VersionRegistry&) = delete;
    virtual ~VersionRegistry() = default;

    const rest::Registry& calls() const noexcept { return calls_; }

    /// What a tag of ours is called here.
    virtual std::string key(const std::string& tag) const { return tag; }
    /// Bytes that the value of a tag may have.
    virtual std::size_t longest_value() const { return 90'000; }
    /// @throws ValueError for a name that no model can have here
    virtual void expect_name(const std::string&) const {}

    /// The latest version of a registered model, or the latest of this content.
    virtual std::optional<rest::ModelVersion> latest(const std::string& name, const std::string& digest = {}) const = 0;
    /// The version that a document of this id made, whatever came after it.
    /// @param since  ms since 1970, when it was asked for; 0 where that is not known
    virtual std::optional<rest::ModelVersion> registered_as(const std::string& name, const std::string& registration,
                                                            std::int64_t since = 0) const = 0;
    /// Makes a version of a logged model. An answer that is lost leaves it open whether it is there.
    virtual rest::ModelVersion create(const rest::NewModelVersion& version, const rest::LoggedModel&) const {
        return calls_.create_version(version);
    }
    /// Brings a version that was made to where it can be used.
    virtual void complete(rest::ModelVersion&, const rest::LoggedModel&) const {}

    /// The value of one of our tags, "" where there is none.
    std::string tag(const rest::ModelVersion& version, const std::string& name) const {
        const auto found = version.tags.find(key(name));
        return found == version.tags.end() ? std::string() : found->second;
    }

  private:
    rest::Registry calls_;
};

/// The registry that goes with a server.
std::unique_ptr<VersionRegistry> open_version_registry(const DocumentDelivery& delivery);

}  // namespace assay::tracking::detail
