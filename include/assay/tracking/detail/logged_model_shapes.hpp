#pragma once

#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/rest/logged_models.hpp"

namespace assay::tracking::detail {

template <>
struct Shape<rest::ModelRegistration> {
    static constexpr auto members = std::tuple{required("name", &rest::ModelRegistration::name),
                                               required("version", &rest::ModelRegistration::version)};
};

/// In JSON in two halves, info and data.
template <>
struct Shape<rest::LoggedModel> {
    using T = rest::LoggedModel;
    static constexpr auto info = std::tuple{required("model_id", &T::model_id),
                                            required("experiment_id", &T::experiment_id),
                                            member("name", &T::name),
                                            member("model_type", &T::model_type),
                                            member("source_run_id", &T::source_run_id),
                                            member("artifact_uri", &T::artifact_location),
                                            member("status", &T::status),
                                            member("status_message", &T::status_message),
                                            member("creation_timestamp_ms", &T::creation_timestamp),
                                            member("last_updated_timestamp_ms", &T::last_updated_timestamp),
                                            member("tags", &T::tags),
                                            member("registrations", &T::registrations)};
    static constexpr auto data = std::tuple{member("params", &T::params), member("metrics", &T::metrics)};

    static void read(const nlohmann::json& from, T& to);
    static nlohmann::json write(const T& model);
};

template <>
struct Shape<rest::NewLoggedModel> {
    using T = rest::NewLoggedModel;
    static constexpr auto members = std::tuple{required("experiment_id", &T::experiment_id),
                                               member("name", &T::name),
                                               member("model_type", &T::model_type),
                                               member("source_run_id", &T::source_run_id),
                                               member("params", &T::params),
                                               member("tags", &T::tags)};
};

template <>
struct Shape<rest::ModelOrder> {
    using T = rest::ModelOrder;
    static constexpr auto members =
        std::tuple{required("field_name", &T::field_name), required("ascending", &T::ascending),
                   member("dataset_name", &T::dataset_name), member("dataset_digest", &T::dataset_digest)};
};

template <>
struct Shape<rest::ModelDataset> {
    using T = rest::ModelDataset;
    static constexpr auto members =
        std::tuple{required("dataset_name", &T::dataset_name), member("dataset_digest", &T::dataset_digest)};
};

}  // namespace assay::tracking::detail
