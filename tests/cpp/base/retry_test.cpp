#include "assay/base/retry.hpp"

#include "catch.hpp"

using namespace assay;
using namespace std::chrono_literals;

namespace {

RetryPolicy plain() {
    RetryPolicy policy;
    policy.attempts = 10;
    policy.first_delay = 100ms;
    policy.max_delay = 1000ms;
    policy.jitter = 0.5;
    policy.deadline = 60s;
    policy.max_retry_after = 10s;
    return policy;
}

FailedAttempt failed(int number, int status) {
    FailedAttempt attempt;
    attempt.number = number;
    attempt.status = status;
    return attempt;
}

}  // namespace

TEST_CASE("delays grow by the factor up to the bound") {
    CHECK(next_delay(plain(), failed(1, 503), 0.0) == 100ms);
    CHECK(next_delay(plain(), failed(2, 503), 0.0) == 200ms);
    CHECK(next_delay(plain(), failed(4, 503), 0.0) == 800ms);
    CHECK(next_delay(plain(), failed(5, 503), 0.0) == 1000ms);
    auto endless = plain();
    endless.attempts = 100'000;
    CHECK(next_delay(endless, failed(99'999, 503), 0.0) == 1000ms);
}

TEST_CASE("jitter only shortens, by its share") {
    CHECK(next_delay(plain(), failed(1, 503), 0.5) == 75ms);
    CHECK(next_delay(plain(), failed(1, 503), 0.999999) == 50ms);
    auto full = plain();
    full.jitter = 1;
    CHECK(next_delay(full, failed(1, 503), 0.999999) == 0ms);
    full.jitter = 0;
    CHECK(next_delay(full, failed(1, 503), 0.7) == 100ms);
}

TEST_CASE("attempts are counted with the first") {
    CHECK(next_delay(plain(), failed(9, 503), 0.0).has_value());
    CHECK_FALSE(next_delay(plain(), failed(10, 503), 0.0).has_value());
    auto once = plain();
    once.attempts = 1;
    CHECK_FALSE(next_delay(once, failed(1, 503), 0.0).has_value());
}

TEST_CASE("only the statuses of the policy and missing answers are repeated") {
    for (const int status : {0, 408, 429, 500, 502, 503, 504})
        CHECK(next_delay(plain(), failed(1, status), 0).has_value());
    for (const int status : {200, 301, 400, 401, 403, 404, 409, 413, 422, 501, 505}) {
        CHECK_FALSE(next_delay(plain(), failed(1, status), 0).has_value());
    }
    auto answers_only = plain();
    answers_only.no_answer = false;
    CHECK_FALSE(next_delay(answers_only, failed(1, 0), 0).has_value());
}

TEST_CASE("no attempt begins after the deadline") {
    auto attempt = failed(1, 503);
    attempt.elapsed = 59'900ms;
    CHECK(next_delay(plain(), attempt, 0.0) == 100ms);
    attempt.elapsed = 59'901ms;
    CHECK_FALSE(next_delay(plain(), attempt, 0.0).has_value());
}

TEST_CASE("Retry-After lengthens a delay up to the cap and never shortens it") {
    auto attempt = failed(1, 429);
    attempt.retry_after = 3s;
    CHECK(next_delay(plain(), attempt, 0.9) == 3s);
    attempt.retry_after = 3600s;
    CHECK(next_delay(plain(), attempt, 0.0) == 10s);
    attempt.retry_after = 0s;
    CHECK(next_delay(plain(), attempt, 0.0) == 100ms);
}

TEST_CASE("Retry-After is seconds or an HTTP date") {
    const Timestamp now = *parse_timestamp("1994-11-06T08:49:27.5Z");
    CHECK(parse_retry_after("120", now) == 120s);
    CHECK(parse_retry_after("  0 ", now) == 0s);
    CHECK(parse_retry_after("99999999999999999999999", now) == 1'000'000'000s);
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == 9500ms);  // RFC 9110's three examples
    CHECK(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", now) == 9500ms);
    CHECK(parse_retry_after("Sun Nov  6 08:49:37 1994", now) == 9500ms);
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now) == 0s);
    for (const char* text : {"", " ", "soon", "-5", "1.5", "Soon", "12 s"}) {
        INFO(text);
        CHECK_FALSE(parse_retry_after(text, now).has_value());
    }
}
