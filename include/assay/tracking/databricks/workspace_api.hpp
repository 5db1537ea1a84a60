#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/http.hpp"
#include "assay/tracking/server_address.hpp"

namespace assay::tracking::databricks {

/// Names and values behind the '?' of a URL, not yet encoded.
using Query = std::vector<std::pair<std::string, std::string>>;

/// A connection to a workspace's REST interface. The classes of this folder speak through it, and hold a reference.
///
/// May be used by several threads. Methods throw MlflowError for what the workspace refused, AuthError for 401 (after
/// one renewal of the token) and 403, HttpError where no answer came.
class ASSAY_EXPORT WorkspaceApi {
  public:
    explicit WorkspaceApi(ServerAddress address);

    const ServerAddress& address() const noexcept { return address_; }
    /// Options for a client of other hosts: of this one's, but without anything that says who we are.
    http::ClientOptions foreign_options() const;

    /// @return a JSON object: an empty body counts as {}, anything else is an error
    nlohmann::json get(std::string_view path, const Query& query = {}) const;
    nlohmann::json post(std::string_view path, const nlohmann::json& body) const;
    /// Repeated only where the workspace says that it did nothing (429, 503): for what makes a new thing each time.
    nlohmann::json post_once(std::string_view path, const nlohmann::json& body) const;
    /// Sends a request whose `url` is a path here, and returns the answer if its status is 2xx or one of `also`.
    http::Response transfer(http::Request request, const std::vector<int>& also = {}) const;

  private:
    nlohmann::json post(std::string_view path, const nlohmann::json& body, std::optional<RetryPolicy> retry) const;

    ServerAddress address_;
    http::Client http_;
};

}  // namespace assay::tracking::databricks
