#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/http.hpp"
#include "assay/tracking/detail/artifact_place.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/rest/connection.hpp"
#include "assay/tracking/server_address.hpp"

namespace assay::tracking::detail {

/// The same address with nothing that says who asks: for servers and stores that a server names.
ServerAddress without_credentials(ServerAddress address, std::string url);

/// The proxy that one artifact URI stands for.
struct ArtifactServer {
    ArtifactPlace place;
    rest::Connection connection;

    ArtifactServer(const ServerAddress& tracking, ArtifactPlace where);

    /// What one folder holds, paths from the root of the artifacts; nothing where there is no such folder.
    std::vector<FileInfo> list(std::string_view folder) const;
    /// The size of a file as the server lists it, or nothing.
    std::optional<std::int64_t> listed_size(std::string_view path) const;
    /// Sends a request that is no JSON. @throws as rest::Connection; AuthError names the server where it gets no
    /// credentials, StateError where it runs without the proxy
    http::Response transfer(const http::Request& request) const;
};

/// Refuses a link to a store that would carry data in clear although the server is spoken to by TLS. @throws HttpError
void expect_no_downgrade(const std::string& server, const std::string& link);

}  // namespace assay::tracking::detail
