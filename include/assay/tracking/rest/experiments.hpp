#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/rest/connection.hpp"

namespace assay::tracking::rest {

struct ExperimentQuery {
    std::string filter{};                 ///< MLflow's search language: "name LIKE 'icu/%' AND tags.team = 'a'"
    std::vector<std::string> order_by{};  ///< "last_update_time DESC"
    ViewType view = ViewType::active_only;
    int page_size = 1000;
};

/// Experiments: what runs, traces and logged models lie in.
///
/// All methods throw as Connection does: ResourceDoesNotExist for an id that is not there, InvalidParameter for a name
/// or filter that the server does not take.
/// Source: /api/2.0/mlflow/experiments of mlflow 3.17.
class ASSAY_EXPORT Experiments {
  public:
    explicit Experiments(const Connection& connection) : connection_(connection) {}

    /// @return the id. @throws ResourceAlreadyExists where the name is taken, by a deleted experiment, too
    std::string create(const std::string& name, const TextMap& tags = {},
                       const std::string& artifact_location = {}) const;
    Experiment get(std::string_view id) const;
    std::optional<Experiment> find(std::string_view name) const;
    /// The experiment of this name, created where there is none. @throws StateError if it is deleted there
    Experiment ensure(const std::string& name) const;
    PageRange<Experiment> search(const ExperimentQuery& query = {}) const;
    Page<Experiment> search_page(const ExperimentQuery& query, const std::string& page_token = {}) const;
    void rename(std::string_view id, const std::string& new_name) const;
    /// Marks as deleted; restore() undoes it.
    void remove(std::string_view id) const;
    void restore(std::string_view id) const;
    void set_tag(std::string_view id, const KeyValue& tag) const;
    void delete_tag(std::string_view id, const std::string& key) const;

  private:
    const Connection& connection_;
};

}  // namespace assay::tracking::rest
