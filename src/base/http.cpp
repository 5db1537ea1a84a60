#include "assay/base/http.hpp"

#include "base/http_transfer.hpp"
#include "base/http_url.hpp"

#include "assay/base/error.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace assay::http {
namespace {

using std::chrono::milliseconds;

constexpr int most_redirects = 5;
constexpr int unauthorized = 401;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

milliseconds steady_time() {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

/// Uniform in [0, 1). From the system, not from a seed: what must differ between clients must differ between forked
/// children, too.
double chance() { return std::random_device{}() * 0x1p-32; }

void expect_method(const std::string& method) {
    if (!method.empty() && method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos) return;
    throw ValueError("http: expected a method in capital letters such as GET, got something else");
}

bool is_streamed(const Request& request) { return !request.body_file.empty() || request.on_receive; }

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
    const auto same = [name](const auto& header) {
        return std::equal(name.begin(), name.end(), header.first.begin(), header.first.end(),
                          [](char a, char b) { return lower(a) == lower(b); });
    };
    const auto found = std::find_if(headers.rbegin(), headers.rend(), same);
    return found == headers.rend() ? std::nullopt : std::optional<std::string_view>(found->second);
}

struct Client::State {
    ClientOptions options;
    ConnectionPool pool{};

    explicit State(ClientOptions given) : options(std::move(given)) {
        if (!options.waiting.elapsed) options.waiting.elapsed = steady_time;
        if (!options.waiting.sleep) options.waiting.sleep = [](milliseconds t) { std::this_thread::sleep_for(t); };
    }

    /// What one attempt may take: its own limit, and no more than is left until the deadline.
    milliseconds attempt_timeout(const Request& request, milliseconds left) const {
        const bool streams = is_streamed(request);
        const milliseconds own = request.timeout.value_or(streams ? milliseconds{0} : options.timeout);
        if (streams && !request.timeout) return own;
        return own.count() == 0 ? std::max(left, milliseconds{1}) : std::clamp(left, milliseconds{1}, own);
    }

    /// Where a redirect leads. Another server gets neither credentials nor headers nor a downgrade to plain http.
    std::string redirect_target(const Request& request, const std::string& location) const {
        const std::string target = resolve_url(request.url, location);
        const Url from = parse_url(request.url);
        const Url to = parse_url(target);
        const bool identified = !options.credentials.empty() || options.credential_provider ||
                                !options.headers.empty() || !request.headers.empty() || from.has_user;
        const bool downgraded = from.origin.starts_with("https:") && !to.origin.starts_with("https:");
        if (to.origin != from.origin && (identified || downgraded)) {
            throw HttpError(request.method + ' ' + from.loggable + ": redirected to another server (" + to.loggable +
                            "), where credentials are not sent; use that URL if you trust it");
        }
        return target;
    }

    Identity identity() const {
        return options.credential_provider ? options.credential_provider->identity() : Identity{options.credentials};
    }

    /// One request with its redirects, without repetition.
    Exchange follow(Request request, const Identity& identity, milliseconds left) {
        for (int hop = 0; hop <= most_redirects; ++hop) {
            Exchange result = exchange(pool, options, request, identity, attempt_timeout(request, left));
            const bool repeats = request.method == "GET" || request.method == "HEAD";
            const auto location = result.response.header("Location");
            if (!is_redirect(result.response.status) || !repeats || !location) return result;
            request.url = redirect_target(request, std::string(*location));
        }
        throw HttpError(request.method + ' ' + parse_url(request.url).loggable +
                        ": redirected more than 5 times; check the URL");
    }

    /// One attempt; where it is answered with 401 and other credentials are to be had, one more with those.
    Exchange ask(const Request& request, milliseconds left, bool& may_renew) {
        const Identity sender = identity();
        Exchange result = follow(request, sender, left);
        if (result.response.status != unauthorized || !may_renew) return result;
        may_renew = false;
        return options.credential_provider->renew(sender) ? follow(request, identity(), left) : std::move(result);
    }

    Response send(const Request& request) {
        expect_method(request.method);
        const std::string where = request.method + ' ' + parse_url(request.url).loggable;
        const RetryPolicy& policy = request.retry ? *request.retry : options.retry;
        milliseconds begin = options.waiting.elapsed();
        bool may_renew = options.credential_provider != nullptr;
        int number = 1;  // since an attempt got somewhere
        for (int attempts = 1;; ++attempts, ++number) {
            Request next = request;
            if (request.before_attempt && request.before_attempt(next) && attempts > 1) {
                begin = options.waiting.elapsed();
                number = 1;
            }
            FailedAttempt attempt;
            attempt.number = number;
            attempt.elapsed = options.waiting.elapsed() - begin;
            Exchange result = ask(next, policy.deadline - attempt.elapsed, may_renew);
            result.response.attempts = attempts;
            attempt.status = result.response.status;
            if (is_streamed(request)) {
                begin = options.waiting.elapsed() - attempt.elapsed;
            } else {
                attempt.elapsed = options.waiting.elapsed() - begin;
            }
            if (const auto header = result.response.header("Retry-After")) {
                attempt.retry_after = parse_retry_after(*header, now());
            }
            const bool answered = attempt.status != 0;
            const auto delay = answered || result.may_pass ? next_delay(policy, attempt, chance()) : std::nullopt;
            if (!delay && answered) return std::move(result.response);
            if (!delay) {
                const std::string tried =
                    attempts > 1 ? " in " + std::to_string(attempts) + " attempts" : std::string();
                throw HttpError(where + ": no answer" + tried + ": " + result.failure);
            }
            wait(*delay, request.cancelled);
        }
    }

    /// In slices where the wait may be cancelled; the next attempt then ends at once.
    void wait(milliseconds delay, const std::atomic<bool>* cancelled) const {
        constexpr milliseconds slice{100};
        if (cancelled == nullptr) return options.waiting.sleep(delay);
        for (; delay.count() > 0 && !*cancelled; delay -= slice) options.waiting.sleep(std::min(delay, slice));
    }
};

Client::Client(ClientOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Response Client::send(const Request& request) const { return state_->send(request); }

}  // namespace assay::http
