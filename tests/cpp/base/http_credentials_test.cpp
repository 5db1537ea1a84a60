#include "assay/base/http_credentials.hpp"

#include "assay/base/error.hpp"
#include "assay/base/http.hpp"

#include "catch.hpp"
#include "loopback_server.hpp"

#include <atomic>
#include <string>

using namespace assay;

namespace {

/// Gives "token-1" until it is told to renew, then "token-2", and so on up to `last`.
struct Tokens : http::CredentialProvider {
    std::atomic<int> current{1};
    std::atomic<int> asked{0};
    std::atomic<int> renewals{0};
    int last = 2;

    http::Identity identity() override {
        ++asked;
        const std::string number = std::to_string(current.load());
        return {http::Credentials::bearer(Secret("token-" + number)), {{"X-Second", Secret("second-" + number)}}};
    }
    bool renew(const http::Identity&) override {
        ++renewals;
        return current < last && ++current > 0;
    }
};

http::Client client_of(const std::shared_ptr<Tokens>& tokens) {
    http::ClientOptions options;
    options.credential_provider = tokens;
    options.credentials = http::Credentials::bearer(Secret("never-sent"));
    options.retry = RetryPolicy{.attempts = 1};
    return http::Client(options);
}

http::Request get(std::string url) {
    http::Request request;
    request.url = std::move(url);
    return request;
}

TEST_CASE("credentials are asked for before each request") {
    const auto tokens = std::make_shared<Tokens>();
    const LoopbackServer server([](const Received& got, int) {
        return Reply{.status = got.has("x-second: second-1") || got.has("x-second: second-2") ? 200 : 400,
                     .body = got.has("authorization: Bearer token-1") ? "one" : "two"};
    });
    const auto client = client_of(tokens);
    CHECK(client.send(get(server.url("/"))).body == "one");
    tokens->current = 2;
    const auto second = client.send(get(server.url("/")));
    CHECK(second.status == 200);
    CHECK(second.body == "two");
    CHECK(tokens->asked == 2);
    CHECK(tokens->renewals == 0);
}

TEST_CASE("a 401 is answered with renewed credentials, once") {
    const auto tokens = std::make_shared<Tokens>();
    std::atomic<int> requests{0};
    std::atomic<bool> accept{true};
    const LoopbackServer server([&](const Received& got, int) {
        ++requests;
        return Reply{.status = accept && got.has("authorization: Bearer token-2") ? 200 : 401};
    });
    const auto client = client_of(tokens);
    CHECK(client.send(get(server.url("/"))).status == 200);
    CHECK(requests == 2);
    accept = false;
    tokens->last = 100;
    CHECK(client.send(get(server.url("/"))).status == 401);
    CHECK(requests == 4);
    tokens->last = 0;  // nothing new to offer
    CHECK(client.send(get(server.url("/"))).status == 401);
    CHECK(requests == 5);
}

TEST_CASE("provided credentials do not follow a redirect to another server, and stay out of the error") {
    const auto tokens = std::make_shared<Tokens>();
    std::atomic<int> stolen{0};
    const LoopbackServer other([&](const Received&, int) {
        ++stolen;
        return Reply{};
    });
    const LoopbackServer server(
        [&](const Received&, int) { return Reply{.status = 302, .headers = "Location: " + other.url("/") + "\r\n"}; });
    try {
        client_of(tokens).send(get(server.url("/")));
        FAIL("no error");
    } catch (const HttpError& e) {
        CHECK(std::string(e.what()).find("token-1") == std::string::npos);
    }
    CHECK(stolen == 0);
}

}  // namespace
