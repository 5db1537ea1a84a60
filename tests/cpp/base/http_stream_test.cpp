#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/base/http.hpp"

#include "catch.hpp"
#include "loopback_server.hpp"
#include "temporary_folder.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

using namespace assay;
using namespace std::chrono_literals;
using http::Client;
using http::ClientOptions;
using http::Request;

namespace {

ClientOptions without_waiting(int attempts) {
    ClientOptions options;
    options.retry.attempts = attempts;
    options.waiting = {[] { return 0ms; }, [](std::chrono::milliseconds) {}};
    return options;
}

Request request_of(const char* method, const std::string& url) {
    Request request;
    request.method = method;
    request.url = url;
    return request;
}

Reply answer(int status, std::string body, Reply::Kind kind = Reply::Kind::answer) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.kind = kind;
    return reply;
}

std::string numbers(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(i) + '\n';
    return text;
}

}  // namespace

TEST_CASE("stream: the body of a success goes to the caller, that of a refusal into the answer") {
    const std::string body = numbers(100'000);
    LoopbackServer server([&](const Received& r, int) { return answer(r.target == "/no" ? 404 : 200, body); });
    std::string taken;
    int pieces = 0;
    Request request = request_of("GET", server.url("/yes"));
    request.on_receive = [&](const http::Response& head, std::string_view bytes) {
        CHECK(head.status == 200);
        CHECK(head.header("Content-Length") == std::to_string(body.size()));
        taken += bytes;
        ++pieces;
    };
    const Client client;
    CHECK(client.send(request).body.empty());
    CHECK(taken == body);
    CHECK(pieces > 1);
    taken.clear();
    request.url = server.url("/no");
    CHECK(client.send(request).body == body);
    CHECK(taken.empty());
}

TEST_CASE("stream: a part of a file is sent, seen before it goes, and seen again when it goes again") {
    const TemporaryFolder folder;
    const std::string content = numbers(200'000);
    write_file_atomic(folder.path() / "a", content);
    LoopbackServer server([](const Received&, int number) { return answer(number == 1 ? 503 : 200, ""); });
    std::string seen;
    Request request = request_of("PUT", server.url());
    request.body_file = folder.path() / "a";
    request.body_offset = 1000;
    request.body_size = 700'000;
    request.on_send = [&](assay::index offset, std::string_view bytes) {
        seen.resize(static_cast<std::size_t>(offset));
        seen += bytes;
    };
    CHECK(Client(without_waiting(2)).send(request).attempts == 2);
    CHECK(seen == content.substr(1000, 700'000));
    CHECK(server.request(0).body == seen);
    CHECK(server.request(1).body == seen);
    request.body_size.reset();
    Client().send(request);
    CHECK(server.request(2).body == content.substr(1000));
}

TEST_CASE("stream: what a caller's function throws ends the transfer and comes out") {
    const TemporaryFolder folder;
    write_file_atomic(folder.path() / "a", numbers(1000));
    LoopbackServer server([](const Received&, int) { return answer(200, "body"); });
    const Client client;
    Request down = request_of("GET", server.url());
    down.on_receive = [](const http::Response&, std::string_view) { throw std::runtime_error("disk full"); };
    CHECK_THROWS_WITH(client.send(down), "disk full");
    Request up = request_of("PUT", server.url());
    up.body_file = folder.path() / "a";
    up.on_send = [](assay::index, std::string_view) { throw std::runtime_error("not this file"); };
    CHECK_THROWS_WITH(client.send(up), "not this file");
    CHECK(client.send(request_of("GET", server.url())).ok());
}

TEST_CASE("stream: an attempt may go on where the last one was cut, and attempts then count anew") {
    const std::string body = numbers(2000);
    LoopbackServer server([&](const Received& r, int) {
        const auto at = r.head.find("bytes=");
        const auto begin = at == std::string::npos ? 0 : std::stoul(r.head.substr(at + 6));
        const bool rest = body.size() - begin < 20;
        return answer(206, body.substr(begin), rest ? Reply::Kind::answer : Reply::Kind::close_mid_body);
    });
    std::string taken;
    std::size_t before = 0;
    Request request = request_of("GET", server.url());
    request.on_receive = [&](const http::Response&, std::string_view bytes) { taken += bytes; };
    request.before_attempt = [&](Request& next) {
        next.headers = {{"Range", "bytes=" + std::to_string(taken.size()) + "-"}};
        return taken.size() > std::exchange(before, taken.size());
    };
    const auto response = Client(without_waiting(2)).send(request);
    CHECK(taken == body);
    CHECK(response.attempts > 5);
}

TEST_CASE("stream: a transfer is cancelled while the server is silent") {
    LoopbackServer server([](const Received&, int) { return answer(200, "", Reply::Kind::stall); });
    std::atomic<bool> cancelled{false};
    Request request = request_of("GET", server.url());
    request.on_receive = [](const http::Response&, std::string_view) {};
    request.cancelled = &cancelled;
    std::thread other([&] {
        while (server.requests() == 0) std::this_thread::yield();
        cancelled = true;
    });
    CHECK_THROWS_AS(Client(without_waiting(3)).send(request), HttpError);
    other.join();
    CHECK(server.requests() == 1);
}

TEST_CASE("same_origin: scheme, host and port, the port by default of its scheme") {
    CHECK(http::same_origin("https://a.example/x", "https://a.example:443/y?z"));
    CHECK(http::same_origin("http://A.example", "http://a.example:80"));
    CHECK_FALSE(http::same_origin("http://a.example", "https://a.example"));
    CHECK_FALSE(http::same_origin("https://a.example", "https://a.example.evil.example"));
    CHECK_FALSE(http::same_origin("https://a.example", "https://a.example:8443"));
}
