#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/http.hpp"
#include "assay/tracking/rest/error.hpp"
#include "assay/tracking/server_address.hpp"

namespace assay::tracking::rest {

/// Names and values behind the '?' of a URL, not yet encoded.
using Query = std::vector<std::pair<std::string, std::string>>;

/// Whether a request that got no answer, or one of overload, may be sent again by itself.
enum class Repeat {
    yes,      ///< twice is as good as once, and answered alike
    refused,  ///< twice does what once does, but is refused: MlflowError::repeated() tells such a refusal from others
    no,       ///< an answer lost leaves it open whether the thing was made: look for it before asking again
};

/// A connection to one MLflow server: JSON out and in, the answer's shape checked, refusals as typed errors.
///
/// An empty body, a cut one or a login page is an error even when the status says 200. May be used by several threads.
/// The classes of this folder speak through it; each holds a reference, so that the connection must outlive them.
class ASSAY_EXPORT Connection {
  public:
    /// Takes what it likes of the answer; whatever it throws becomes UnexpectedAnswer.
    using Reader = std::function<void(const nlohmann::json&)>;

    explicit Connection(ServerAddress address);

    /// "https://host:5000/prefix"
    const std::string& url() const noexcept { return address_.url; }
    /// Where the server is and how it is spoken to.
    const ServerAddress& address() const noexcept { return address_; }

    /// Whether the server answers /health.
    bool healthy() const;

    /// Asks for `path`, which stands behind the server's URL ("/api/2.0/mlflow/runs/get").
    /// @throws MlflowError and its kinds for what the server refused or what is not MLflow's answer, HttpError where
    ///         no answer came
    void get(std::string_view path, const Query& query, const Reader& read) const;
    /// Sends a JSON object. @throws as get()
    void send(const char* method, std::string_view path, const nlohmann::json& body, const Reader& read,
              Repeat repeat = Repeat::yes) const;
    /// Sends a request that is not JSON, such as an upload, and returns the answer where its status is 2xx.
    /// @throws as get()
    http::Response transfer(const http::Request& request) const;

  private:
    void ask(const http::Request& request, const Reader& read) const;

    ServerAddress address_;
    http::Client http_;
};

}  // namespace assay::tracking::rest
