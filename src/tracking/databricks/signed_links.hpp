#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "assay/tracking/databricks/workspace_api.hpp"
#include "tracking/databricks/azure_upload.hpp"

namespace assay::tracking::databricks {

/// The kinds of link that a workspace signs.
enum class LinkKind { azure_blob, s3, gcs, azure_data_lake };

struct TypedLink {
    LinkKind kind = LinkKind::s3;
    SignedLink link;
};

/// A request to what a link opens, with the headers that its signature covers.
http::Request to_link(const char* method, const SignedLink& link);

/// `{signed_uri, headers, type}`. @throws MlflowError where it is something else
TypedLink read_link(const nlohmann::json& info);

/// The thing whose artifacts these are, and where in them a folder lies.
struct ArtifactOwner {
    enum class Kind { run, logged_model, volume } kind = Kind::run;
    std::string id;      ///< of run or model
    std::string folder;  ///< below its artifacts, or the volume's absolute path; "" for their root

    /// "folder/path"
    std::string below(std::string_view path) const;
};

/// @throws ValueError for a URI that is none of these
ArtifactOwner parse_artifact_uri(std::string_view uri);

/// Asks for the link to one file.
TypedLink link_to(const WorkspaceApi& api, const ArtifactOwner& owner, const std::string& path, bool to_write);

}  // namespace assay::tracking::databricks
