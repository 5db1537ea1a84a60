#pragma once

#include "assay/base/export.hpp"
#include "assay/base/time.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace assay {

/// When a request that failed is worth another attempt, and after how long. The one policy of the whole library.
struct RetryPolicy {
    int attempts = 6;  ///< in all, the first included; 1 never repeats
    std::chrono::milliseconds first_delay{500};
    double factor = 2;  ///< each delay is this many times the one before
    std::chrono::milliseconds max_delay{20'000};
    /// Share of the delay, 0 to 1, that chance may take away, so that clients that failed together do not return
    /// together. Never added: the delays above are upper bounds.
    double jitter = 0.5;
    std::chrono::milliseconds deadline{120'000};              ///< no attempt begins later than this after the first
    std::chrono::milliseconds max_retry_after{60'000};        ///< a server that asks for more waits gets this much
    std::vector<int> statuses{408, 429, 500, 502, 503, 504};  ///< HTTP statuses worth another attempt
    bool no_answer = true;                                    ///< whether connection errors and timeouts are, too
};

/// What is known after an attempt that failed.
struct FailedAttempt {
    int number = 1;                                        ///< 1 for the first
    int status = 0;                                        ///< HTTP status, 0 where no answer came
    std::chrono::milliseconds elapsed{0};                  ///< since the first attempt began
    std::optional<std::chrono::milliseconds> retry_after;  ///< what the server asked for
};

/// How long to wait before the next attempt, or nothing where there should be none. A pure function.
/// @param random  uniform in [0, 1); decides the jitter
ASSAY_EXPORT std::optional<std::chrono::milliseconds> next_delay(const RetryPolicy& policy, const FailedAttempt& last,
                                                                 double random);

/// The wait that a Retry-After header asks for: seconds or an HTTP date, never negative; nothing where it is neither.
/// Source: RFC 9110, §10.2.3 and §5.6.7.
ASSAY_EXPORT std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, Timestamp now);

}  // namespace assay
