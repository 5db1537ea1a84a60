#pragma once

#include "assay/base/export.hpp"
#include "assay/base/http_credentials.hpp"
#include "assay/base/index.hpp"
#include "assay/base/retry.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::http {

/// Names and values in the order given; names are compared without case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The value of the last header of this name, or nothing.
ASSAY_EXPORT std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

struct Response;

/// What is sent.
struct Request {
    std::string method = "GET";
    std::string url;  ///< http or https
    Headers headers;
    std::string body;
    std::filesystem::path body_file;  ///< sent in place of `body` where set, in pieces
    index body_offset = 0;            ///< where in `body_file` the body begins
    std::optional<index> body_size;   ///< how much of it is sent; up to its end where not set
    /// For one attempt; the client's where not set. A body that streams (from `body_file` or to `on_receive`) has none
    /// by default, only the stall limit; nor does its sending count towards the deadline of the retry policy.
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<RetryPolicy> retry;  ///< the client's where not set
    /// On a connection of its own. libcurl sends a request again by itself where a connection that it kept open was
    /// closed meanwhile; one that must never be sent twice needs this beside a single attempt.
    bool fresh_connection = false;

    // What the following throw ends the transfer and comes out of send().

    /// Sees the bytes of `body_file` before they go, and where in the body they stand: from 0 again in each attempt.
    std::function<void(index offset, std::string_view bytes)> on_send;
    /// Takes the body of a 2xx answer in pieces, in place of `Response::body`.
    std::function<void(const Response& head, std::string_view bytes)> on_receive;
    /// Called before each attempt, which it may change: to go on where the last one was cut, say.
    /// @return whether that one got somewhere; attempts and deadline then count anew
    std::function<bool(Request& next)> before_attempt;
    const std::atomic<bool>* cancelled = nullptr;  ///< ends the transfer within a second of becoming true
};

/// What came back, whatever the status.
struct Response {
    int status = 0;
    Headers headers;
    std::string body;
    int attempts = 1;  ///< how many were made

    bool ok() const noexcept { return status >= 200 && status < 300; }
    std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

/// How a client measures and passes time; replaced in tests.
struct Waiting {
    std::function<std::chrono::milliseconds()> elapsed;    ///< a steady clock; the real one where empty
    std::function<void(std::chrono::milliseconds)> sleep;  ///< really sleeps where empty
};

/// How a client connects.
struct ClientOptions {
    Credentials credentials;  ///< sent to every host that the caller names, never by a redirect to another
    /// Where set, asked before each attempt in place of `credentials`; a request answered with 401 is sent once more
    /// where it has something else to offer.
    std::shared_ptr<CredentialProvider> credential_provider;
    Headers headers;  ///< sent with every request
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds timeout{60'000};        ///< for one attempt, from the first byte to the last
    std::chrono::milliseconds stall_timeout{30'000};  ///< without a byte in either direction; whole seconds
    index max_response_bytes = index{256} << 20;
    RetryPolicy retry;
    bool verify_tls = true;
    /// Certificates to trust, a file or a folder. Where empty: REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE,
    /// SSL_CERT_DIR, then the system's.
    std::filesystem::path trusted_certificates;
    std::filesystem::path client_certificate;  ///< PEM with certificate and key
    Waiting waiting;
};

/// An HTTP/1.1 and HTTP/2 client on libcurl that keeps its connections open between calls.
///
/// TLS 1.2 or newer. Proxies as by http_proxy, HTTPS_PROXY, ALL_PROXY and NO_PROXY. GET and HEAD follow up to five
/// redirects, to another host only where the request carries no credentials and no headers. May be used by several
/// threads at once, each with a connection of its own; a forked child opens new connections.
class ASSAY_EXPORT Client {
  public:
    explicit Client(ClientOptions options = {});
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// Sends a request, repeating it as the retry policy says, and returns the last answer, whatever its status.
    /// @throws HttpError if no whole answer came, or a redirect leads elsewhere; ValueError if the URL is not http or
    ///         https or a header is malformed; IoError if `body_file` cannot be read.
    Response send(const Request& request) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Throws where the status is not 2xx.
/// @param error_code  the server's own code for the error, if it is known
/// @throws AuthError for 401 and 403, HttpError otherwise; the text names method, host, path, status and remedy, and
///         nothing of query, headers or bodies.
ASSAY_EXPORT void expect_success(const Request& request, const Response& response, const std::string& error_code = {});

/// Whether two URLs mean the same scheme, host and port. @throws ValueError if one is not http or https
ASSAY_EXPORT bool same_origin(const std::string& a, const std::string& b);

/// "host:port/path" of a URL, without user, password, query and fragment: what may stand in a log.
ASSAY_EXPORT std::string loggable_url(const std::string& url);

}  // namespace assay::http
