#include "assay/tracking/databricks/token_source.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"

namespace assay::tracking::databricks {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// Hands out "1", "2", … with an hour to live, at a time that the test sets.
struct Endpoint {
    std::atomic<int> calls{0};
    std::atomic<std::int64_t> time{0};
    std::atomic<bool> away{false};
    milliseconds lifetime = 1h;

    TokenSource source() {
        return TokenSource(
            [this]() -> AccessToken {
                if (away) throw HttpError("away", 503);
                return {Secret(std::to_string(++calls)), lifetime};
            },
            [this] { return milliseconds(time); });
    }
    void pass(milliseconds step) { time += step.count(); }
};

TEST_CASE("token: fetched once, then five minutes before it ends") {
    Endpoint endpoint;
    auto source = endpoint.source();
    CHECK(source.token().reveal() == "1");
    endpoint.pass(55min - 1ms);
    CHECK(source.token().reveal() == "1");
    endpoint.pass(1ms);
    CHECK(source.token().reveal() == "2");
    CHECK(endpoint.calls == 2);
}

TEST_CASE("token: a short life is used up to its half") {
    Endpoint endpoint;
    endpoint.lifetime = 100s;
    auto source = endpoint.source();
    source.token();
    endpoint.pass(49s);
    CHECK(source.token().reveal() == "1");
    endpoint.pass(1s);
    CHECK(source.token().reveal() == "2");
}

TEST_CASE("token: an endpoint that is away is not noticed while the token holds") {
    Endpoint endpoint;
    auto source = endpoint.source();
    source.token();
    endpoint.away = true;
    endpoint.pass(56min);
    CHECK(source.token().reveal() == "1");
    endpoint.away = false;
    CHECK(source.token().reveal() == "1");  // not asked again within the minute
    endpoint.pass(61s);
    CHECK(source.token().reveal() == "2");
    endpoint.away = true;
    endpoint.pass(1h - 40s);  // Azure refuses what has less than 30 s
    CHECK_THROWS_AS(source.token(), HttpError);
}

TEST_CASE("token: one that was refused is given up, another's newer one is kept") {
    Endpoint endpoint;
    auto source = endpoint.source();
    const Secret first = source.token();
    CHECK(source.give_up(first));
    CHECK(source.token().reveal() == "2");
    CHECK(source.give_up(first));
    CHECK(source.token().reveal() == "2");
    CHECK(endpoint.calls == 2);
}

TEST_CASE("token: many threads, one request") {
    Endpoint endpoint;
    auto source = endpoint.source();
    std::atomic<int> wrong{0};
    for (int round = 1; round <= 20; ++round) {
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, round] {
                const Secret token = source.token();
                if (token.reveal() != std::to_string(round)) ++wrong;
            });
        }
        for (auto& thread : threads) thread.join();
        endpoint.pass(1h);
    }
    CHECK(wrong == 0);
    CHECK(endpoint.calls == 20);
}

}  // namespace
}  // namespace assay::tracking::databricks
