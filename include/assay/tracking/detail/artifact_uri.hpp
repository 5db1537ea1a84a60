#pragma once

#include <string>
#include <string_view>

#include "assay/tracking/detail/artifact_place.hpp"
#include "assay/tracking/rest/connection.hpp"

namespace assay::tracking::detail {

/// Where a URI leads that names a thing on the server rather than a place: `runs:/<run id>/<path>`,
/// `models:/<name>/<version>`, `models:/<name>@<alias>`, `models:/m-<model id>`, each with a path behind it or without;
/// and what find_place() takes.
/// @throws MlflowError where the server knows no such thing, ValueError for another form
ArtifactPlace resolve_artifact_uri(const rest::Connection& server, std::string_view uri);

}  // namespace assay::tracking::detail
