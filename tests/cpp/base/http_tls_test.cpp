#include "assay/base/error.hpp"
#include "assay/base/http.hpp"

#include "catch.hpp"
#include "temporary_folder.hpp"
#include "tls_server.hpp"

#include <cstdlib>
#include <optional>
#include <string>

using namespace assay;

namespace {

http::Request get(const std::string& url) {
    http::Request request;
    request.url = url;
    return request;
}

http::ClientOptions once() {
    http::ClientOptions options;
    options.retry.attempts = 1;
    return options;
}

/// Gives a variable a value, or none, for one scope.
class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) {
        const char* old = std::getenv(name);
        if (old != nullptr) old_ = old;
        value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

  private:
    const char* name_;
    std::optional<std::string> old_{};
};

bool can_run(const TlsServer& server) {
    if (!server.runs()) WARN("the command openssl is absent or cannot make a server; TLS was not tested");
    return server.runs();
}

}  // namespace

TEST_CASE("a certificate that nobody vouches for is refused, at once and with a remedy") {
    const TemporaryFolder folder;
    const TlsServer server(folder.path(), {});
    if (!can_run(server)) return;
    http::ClientOptions options;
    bool slept = false;
    options.waiting.sleep = [&](std::chrono::milliseconds) { slept = true; };
    try {
        http::Client(options).send(get(server.url()));
        FAIL("no error");
    } catch (const HttpError& error) {
        CHECK(std::string(error.what()).find("name its authority's file in SSL_CERT_FILE") != std::string::npos);
    }
    CHECK_FALSE(slept);
}

TEST_CASE("certificates are trusted by option, by environment, or unseen on request") {
    const TemporaryFolder folder;
    const TlsServer server(folder.path(), {});
    if (!can_run(server)) return;
    const Variable requests("REQUESTS_CA_BUNDLE", nullptr);
    const Variable curl("CURL_CA_BUNDLE", nullptr);
    const Variable openssl("SSL_CERT_FILE", nullptr);
    auto options = once();
    options.trusted_certificates = server.certificate();
    CHECK(http::Client(options).send(get(server.url())).ok());
    for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}) {
        const Variable variable(name, server.certificate().c_str());
        CHECK(http::Client(once()).send(get(server.url())).ok());
    }
    options.trusted_certificates.clear();
    options.verify_tls = false;
    CHECK(http::Client(options).send(get(server.url())).ok());
}

TEST_CASE("TLS 1.2 is spoken and TLS 1.1 is not") {
    const TemporaryFolder folder;
    {
        const TlsServer server(folder.path(), {"-tls1_2"});
        if (!can_run(server)) return;
        auto options = once();
        options.trusted_certificates = server.certificate();
        CHECK(http::Client(options).send(get(server.url())).ok());
    }
    const TlsServer old(folder.path(), {"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"});
    if (!can_run(old)) return;
    auto options = once();
    options.trusted_certificates = old.certificate();
    CHECK_THROWS_AS(http::Client(options).send(get(old.url())), HttpError);
}
