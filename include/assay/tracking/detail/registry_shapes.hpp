#pragma once

#include "assay/tracking/detail/shape.hpp"
#include "assay/tracking/rest/registry_types.hpp"

namespace assay::tracking::detail {

template <>
struct Shape<rest::ModelVersion> {
    using T = rest::ModelVersion;
    static constexpr auto members = std::tuple{required("name", &T::name),
                                               required("version", &T::version),
                                               member("description", &T::description),
                                               member("source", &T::source),
                                               member("run_id", &T::run_id),
                                               member("run_link", &T::run_link),
                                               member("model_id", &T::model_id),
                                               member("status", &T::status),
                                               member("status_message", &T::status_message),
                                               member("current_stage", &T::current_stage),
                                               member("user_id", &T::user_id),
                                               member("creation_timestamp", &T::creation_timestamp),
                                               member("last_updated_timestamp", &T::last_updated_timestamp),
                                               member("tags", &T::tags),
                                               member("aliases", &T::aliases)};
};

template <>
struct Shape<rest::ModelAlias> {
    static constexpr auto members =
        std::tuple{required("alias", &rest::ModelAlias::alias), required("version", &rest::ModelAlias::version)};
};

template <>
struct Shape<rest::RegisteredModel> {
    using T = rest::RegisteredModel;
    static constexpr auto members = std::tuple{required("name", &T::name),
                                               member("description", &T::description),
                                               member("user_id", &T::user_id),
                                               member("creation_timestamp", &T::creation_timestamp),
                                               member("last_updated_timestamp", &T::last_updated_timestamp),
                                               member("tags", &T::tags),
                                               member("aliases", &T::aliases),
                                               member("latest_versions", &T::latest_versions)};
};

template <>
struct Shape<rest::NewModelVersion> {
    using T = rest::NewModelVersion;
    static constexpr auto members = std::tuple{
        required("name", &T::name),       required("source", &T::source),         member("run_id", &T::run_id),
        member("model_id", &T::model_id), member("description", &T::description), member("run_link", &T::run_link),
        member("tags", &T::tags)};
};

}  // namespace assay::tracking::detail
