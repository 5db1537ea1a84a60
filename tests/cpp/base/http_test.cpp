#include "assay/base/http.hpp"

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/base/version.hpp"

#include "catch.hpp"
#include "loopback_server.hpp"
#include "temporary_folder.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

using namespace assay;
using namespace std::chrono_literals;
using http::Client;
using http::ClientOptions;
using http::Request;

namespace {

/// The tests' servers are on this machine, whatever proxy it uses to reach others.
const bool no_proxy_of_the_machine = [] {
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}) ::unsetenv(name);
    return true;
}();

/// Time that passes only when somebody sleeps.
struct FakeTime {
    std::chrono::milliseconds time{0};
    std::vector<std::chrono::milliseconds> sleeps{};

    http::Waiting waiting() {
        return {[this] { return time; },
                [this](std::chrono::milliseconds delay) {
                    sleeps.push_back(delay);
                    time += delay;
                }};
    }
};

ClientOptions options_of(FakeTime& time) {
    ClientOptions options;
    options.waiting = time.waiting();
    options.retry.jitter = 0;
    options.retry.attempts = 4;
    options.retry.first_delay = 100ms;
    return options;
}

Request get(const std::string& url) {
    Request request;
    request.url = url;
    return request;
}

Request post(const std::string& url, std::string body) {
    Request request = get(url);
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

template <class E = HttpError, class Call>
std::string error_of(Call call) {
    try {
        call();
    } catch (const E& error) {
        return error.what();
    }
    return "no error";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Reply ok(std::string body = {}) {
    Reply reply;
    reply.body = std::move(body);
    return reply;
}

Reply status(int code, std::string headers = {}) {
    Reply reply;
    reply.status = code;
    reply.headers = std::move(headers);
    return reply;
}

Reply of_kind(Reply::Kind kind) {
    Reply reply;
    reply.kind = kind;
    reply.body = "a body that is cut";
    return reply;
}

}  // namespace

TEST_CASE("a request and its answer arrive whole") {
    LoopbackServer server([](const Received&, int) {
        Reply reply = status(201, "X-One: 1\r\nx-one: 2\r\nEmpty:\r\n");
        reply.body = std::string("b\0dy", 4);
        return reply;
    });
    Request request = post(server.url("/path?q=1"), std::string("\0binary", 7));
    request.headers = {{"X-Asked", "yes"}, {"X-Empty", ""}};
    const auto response = Client().send(request);
    CHECK(response.status == 201);
    CHECK(response.ok());
    CHECK(response.body == std::string("b\0dy", 4));
    CHECK(response.header("X-ONE") == "2");
    CHECK(response.header("empty") == "");
    CHECK_FALSE(response.header("X-On").has_value());
    CHECK(response.attempts == 1);
    const Received seen = server.request(0);
    CHECK(seen.method == "POST");
    CHECK(seen.target == "/path?q=1");
    CHECK(seen.body == std::string("\0binary", 7));
    CHECK(seen.has("x-asked: yes"));
    CHECK(seen.names("x-empty"));
    CHECK(seen.has(std::string("user-agent: assay/") + version()));
    CHECK_FALSE(seen.names("content-type"));
    CHECK_FALSE(seen.names("expect"));
    CHECK_FALSE(seen.names("authorization"));
}

TEST_CASE("methods, empty bodies and HEAD") {
    LoopbackServer server([](const Received&, int) { return ok("text"); });
    const Client client;
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}) {
        Request request = get(server.url());
        request.method = method;
        const auto response = client.send(request);
        CHECK(response.status == 200);
        CHECK(response.body == (request.method == "HEAD" ? "" : "text"));
        CHECK(server.request(static_cast<std::size_t>(server.requests() - 1)).method == method);
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("one connection serves many calls, also after error statuses") {
    LoopbackServer server([](const Received&, int number) { return number % 3 == 0 ? status(404) : ok("x"); });
    const Client client;
    for (int i = 0; i < 20; ++i) client.send(i % 2 ? post(server.url(), "body") : get(server.url()));
    CHECK(server.requests() == 20);
    CHECK(server.connections() == 1);
}

TEST_CASE("a connection that the server closed is opened anew") {
    LoopbackServer server([](const Received&, int) {
        Reply reply = ok("x");
        reply.close = true;
        return reply;
    });
    FakeTime time;
    const Client client(options_of(time));
    for (int i = 0; i < 3; ++i) CHECK(client.send(get(server.url())).body == "x");
    CHECK(server.connections() >= 3);
}

TEST_CASE("threads share a client") {
    LoopbackServer server([](const Received& seen, int) { return ok(seen.target); });
    const Client client;
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 10; ++i) {
                const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
                if (client.send(get(server.url(path))).body != path) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(server.connections() <= 4);
}

TEST_CASE("busy answers are repeated with growing delays, then returned") {
    LoopbackServer server([](const Received&, int number) { return number < 4 ? status(503) : ok("done"); });
    FakeTime time;
    const auto response = Client(options_of(time)).send(post(server.url(), "body"));
    CHECK(response.body == "done");
    CHECK(response.attempts == 4);
    CHECK(time.sleeps == std::vector<std::chrono::milliseconds>{100ms, 200ms, 400ms});
    for (std::size_t i = 0; i < 4; ++i) CHECK(server.request(i).body == "body");
}

TEST_CASE("the last answer is returned when the attempts are spent") {
    LoopbackServer server([](const Received&, int) { return status(503); });
    FakeTime time;
    const auto response = Client(options_of(time)).send(get(server.url()));
    CHECK(response.status == 503);
    CHECK(response.attempts == 4);
    CHECK(server.requests() == 4);
}

TEST_CASE("Retry-After is honoured up to the cap and the deadline") {
    LoopbackServer server([](const Received&, int number) {
        return number == 1   ? status(429, "Retry-After: 7\r\n")
               : number == 2 ? status(503, "Retry-After: 4000\r\n")
                             : status(429, "Retry-After: 30\r\n");
    });
    FakeTime time;
    auto options = options_of(time);
    options.retry.max_retry_after = 20s;
    options.retry.deadline = 40s;
    CHECK(Client(options).send(get(server.url())).status == 429);
    CHECK(time.sleeps == std::vector<std::chrono::milliseconds>{7s, 20s});
}

TEST_CASE("a request may bring its own policy") {
    LoopbackServer server([](const Received&, int) { return status(500); });
    FakeTime time;
    Request request = get(server.url());
    request.retry = RetryPolicy{};
    request.retry->attempts = 1;
    CHECK(Client(options_of(time)).send(request).attempts == 1);
    CHECK(time.sleeps.empty());
}

TEST_CASE("cut answers, lost connections and stalls are repeated") {
    using Kind = Reply::Kind;
    for (const Kind kind : {Kind::close_mid_body, Kind::close_before_answer, Kind::stall}) {
        LoopbackServer server(
            [kind](const Received&, int number) { return number == 1 ? of_kind(kind) : ok("whole"); });
        FakeTime time;
        auto options = options_of(time);
        options.timeout = kind == Kind::stall ? 200ms : 10s;
        const auto response = Client(options).send(post(server.url(), "body"));
        CHECK(response.body == "whole");
        CHECK(server.requests() == 2);
    }
}

TEST_CASE("no answer at all is an error that says so") {
    LoopbackServer server([](const Received&, int) { return of_kind(Reply::Kind::close_mid_body); });
    FakeTime time;
    const Client client(options_of(time));
    const std::string text = error_of([&] { client.send(get(server.url("/api/x?token=made-up"))); });
    CHECK(contains(text, "GET " + server.authority() + "/api/x: no answer in 4 attempts: "));
    CHECK_FALSE(contains(text, "made-up"));
    auto once = options_of(time);
    once.retry.no_answer = false;
    CHECK(contains(error_of([&] { Client(once).send(get(server.url())); }), ": no answer: "));
}

TEST_CASE("a dead server and an unknown host are named with a remedy") {
    std::string dead;
    {
        LoopbackServer server([](const Received&, int) { return ok(); });
        dead = server.url("/api");
    }
    FakeTime time;
    const Client client(options_of(time));
    CHECK(contains(error_of([&] { client.send(get(dead)); }), "check that the server runs"));
    CHECK(time.sleeps.size() == 3);
}

TEST_CASE("an answer above the limit is refused and not repeated") {
    LoopbackServer server([](const Received&, int) { return ok(std::string(1001, 'x')); });
    FakeTime time;
    auto options = options_of(time);
    options.max_response_bytes = 1001;
    CHECK(Client(options).send(get(server.url())).body.size() == 1001);
    options.max_response_bytes = 1000;
    CHECK(contains(error_of([&] { Client(options).send(get(server.url())); }), "larger than the 1000 bytes"));
    CHECK(server.requests() == 2);
}

TEST_CASE("credentials are sent and stay out of error texts") {
    LoopbackServer server([](const Received&, int) { return status(401); });
    ClientOptions options;
    options.credentials = http::Credentials::bearer(Secret("made-up-token"));
    const Request request = get(server.url("/api?key=made-up-key"));
    const auto response = Client(options).send(request);
    CHECK(server.request(0).has("authorization: Bearer made-up-token"));
    options.credentials = http::Credentials::basic("user", Secret("made-up"));
    Client(options).send(request);
    CHECK(server.request(1).has("authorization: Basic dXNlcjptYWRlLXVw"));
    const std::string text = error_of<AuthError>([&] { http::expect_success(request, response); });
    CHECK(text == "GET " + server.authority() + "/api: expected success, got status 401; check the token or password");
}

TEST_CASE("expect_success names status, code, attempts and remedy") {
    const Request request = post("https://user:made-up@host.example/a/b?c=d#e", "body");
    http::Response response;
    response.status = 503;
    response.attempts = 3;
    try {
        http::expect_success(request, response, "TEMPORARILY_UNAVAILABLE");
        FAIL("no error");
    } catch (const HttpError& error) {
        CHECK(std::string(error.what()) ==
              "POST host.example/a/b: expected success, got status 503 "
              "(TEMPORARILY_UNAVAILABLE) after 3 attempts; try again later, or look into "
              "the server's log");
        CHECK(error.status() == 503);
        CHECK(error.error_code() == "TEMPORARILY_UNAVAILABLE");
    }
    for (const int code : {302, 400, 404, 407, 413, 429}) {
        response.status = code;
        CHECK_THROWS_AS(http::expect_success(request, response), HttpError);
    }
    response.status = 403;
    CHECK_THROWS_AS(http::expect_success(request, response), AuthError);
    response.status = 204;
    CHECK_NOTHROW(http::expect_success(request, response));
}

TEST_CASE("redirects are followed on the same server only, for GET and HEAD only") {
    LoopbackServer other([](const Received&, int) { return ok("other"); });
    LoopbackServer server([&](const Received& seen, int) {
        if (seen.target == "/here") return status(302, "Location: /there?x=1\r\n");
        if (seen.target == "/away") return status(307, "Location: " + other.url("/secret-keeper") + "\r\n");
        if (seen.target == "/loop") return status(301, "Location: /loop\r\n");
        return ok(seen.target);
    });
    ClientOptions options;
    options.credentials = http::Credentials::bearer(Secret("made-up"));
    const Client known(options);
    CHECK(known.send(get(server.url("/here"))).body == "/there?x=1");
    CHECK(server.request(1).has("authorization: Bearer made-up"));
    CHECK(known.send(post(server.url("/here"), "x")).status == 302);
    CHECK(contains(error_of([&] { known.send(get(server.url("/away"))); }),
                   "redirected to another server (" + other.authority() + "/secret-keeper)"));
    CHECK(other.requests() == 0);
    CHECK(contains(error_of([&] { known.send(get(server.url("/loop"))); }), "more than 5 times"));
    CHECK(Client().send(get(server.url("/away"))).body == "other");
    Request with_key = get(server.url("/away"));
    with_key.headers = {{"X-Api-Key", "made-up"}};
    CHECK_THROWS_AS(Client().send(with_key), HttpError);
    CHECK(other.requests() == 1);
}

TEST_CASE("a file is sent in pieces, from its beginning at each attempt") {
    const TemporaryFolder folder;
    std::string content(3'000'000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 % 251);
    write_file_atomic(folder / "model.bin", content);
    LoopbackServer server([](const Received&, int number) { return number == 1 ? status(500) : ok(); });
    FakeTime time;
    Request request = get(server.url("/artifact"));
    request.method = "PUT";
    request.body_file = folder / "model.bin";
    CHECK(Client(options_of(time)).send(request).ok());
    CHECK(server.request(0).body == content);
    CHECK(server.request(1).body == content);
    CHECK(server.request(1).method == "PUT");
    request.body_file = folder / "none";
    CHECK_THROWS_AS(Client().send(request), IoError);
    request.body_file = folder.path();
    CHECK_THROWS_AS(Client().send(request), IoError);
}

TEST_CASE("bad URLs, methods and headers are refused without repeating them") {
    const Client client;
    CHECK(contains(error_of<ValueError>([&] { client.send(get("http://user:made-up@:99999/")); }), "cannot be read"));
    CHECK_FALSE(contains(error_of<ValueError>([&] { client.send(get("http://user:made-up@:99999/")); }), "made-up"));
    CHECK(contains(error_of<ValueError>([&] { client.send(get("ftp://host/")); }), "'ftp'"));
    CHECK_THROWS_AS(client.send(get("")), ValueError);
    Request request = get("http://127.0.0.1:1/");
    request.method = "GET /x HTTP/1.1\r\nX: y\r\n";
    CHECK_THROWS_AS(client.send(request), ValueError);
    request.method = "GET";
    request.headers = {{"X", "a\r\nY: b"}};
    CHECK_THROWS_AS(client.send(request), ValueError);
}

TEST_CASE("the proxy of the environment is used, and NO_PROXY heeded") {
    LoopbackServer proxy([](const Received& seen, int) { return ok("by proxy " + seen.target); });
    LoopbackServer server([](const Received&, int) { return ok("direct"); });
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    CHECK(Client().send(get("http://host.invalid/x")).body == "by proxy http://host.invalid/x");
    ::setenv("NO_PROXY", "127.0.0.1", 1);
    CHECK(Client().send(get(server.url())).body == "direct");
    ::unsetenv("NO_PROXY");
    ::unsetenv("http_proxy");
}

TEST_CASE("a forked child opens a connection of its own") {
    LoopbackServer server([](const Received&, int) { return ok("x"); });
    const Client client;
    client.send(get(server.url()));
    const pid_t child = ::fork();
    if (child == 0) ::_exit(client.send(get(server.url())).body == "x" ? 0 : 1);
    int result = 0;
    ::waitpid(child, &result, 0);
    CHECK((WIFEXITED(result) && WEXITSTATUS(result) == 0));
    CHECK(server.connections() == 2);
    CHECK(client.send(get(server.url())).body == "x");
    CHECK(server.connections() == 2);  // the parent's connection still works
}
