#include "assay/base/retry.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace assay {
namespace {

using std::chrono::milliseconds;

bool is_worth_another(const RetryPolicy& policy, int status) {
    if (status == 0) return policy.no_answer;
    return std::find(policy.statuses.begin(), policy.statuses.end(), status) != policy.statuses.end();
}

}  // namespace

std::optional<milliseconds> next_delay(const RetryPolicy& policy, const FailedAttempt& last, double random) {
    if (last.number >= policy.attempts || !is_worth_another(policy, last.status)) return std::nullopt;
    const double backoff = static_cast<double>(policy.first_delay.count()) * std::pow(policy.factor, last.number - 1);
    const double bounded = std::min(backoff, static_cast<double>(policy.max_delay.count()));
    milliseconds delay{static_cast<milliseconds::rep>(bounded * (1 - policy.jitter * random))};
    if (last.retry_after) delay = std::max(delay, std::min(*last.retry_after, policy.max_retry_after));
    if (last.elapsed + delay > policy.deadline) return std::nullopt;
    return delay;
}

std::optional<milliseconds> parse_retry_after(std::string_view text, Timestamp now) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    if (text.empty()) return std::nullopt;
    if (text.find_first_not_of("0123456789") == std::string_view::npos) {
        constexpr std::int64_t most = 1'000'000'000;  // 31 years, also where the number does not fit
        std::int64_t seconds = most;
        std::from_chars(text.data(), text.data() + text.size(), seconds);
        return milliseconds{1000 * std::min(seconds, most)};
    }
    // All three forms of an HTTP date end with a zone or a year, and begin with a day's name.
    if (text.front() < 'A' || text.front() > 'Z') return std::nullopt;
    const auto date = static_cast<std::int64_t>(curl_getdate(std::string(text).c_str(), nullptr));
    if (date < 0) return std::nullopt;
    const Timestamp until{date * Timestamp::micros_per_second};
    return std::max(std::chrono::ceil<milliseconds>(until - now), milliseconds{0});
}

}  // namespace assay
