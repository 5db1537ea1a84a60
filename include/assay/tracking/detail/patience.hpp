#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "assay/base/retry.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "assay/tracking/sync.hpp"

namespace assay::tracking::detail {

/// The delays between attempts of one call.
class Patience {
  public:
    explicit Patience(const SyncOptions& options) : options_(options) {}

    /// Sleeps before the next attempt; false where there should be none.
    bool wait() {
        const FailedAttempt failed{.number = attempt_++, .status = 503, .elapsed = elapsed(), .retry_after = {}};
        const auto delay = next_delay(options_.retry, failed, 0.5);
        if (!delay) return false;
        waited_ += *delay;
        if (options_.waiting.sleep) {
            options_.waiting.sleep(*delay);
        } else {
            std::this_thread::sleep_for(*delay);
        }
        return true;
    }

  private:
    using Clock = std::chrono::steady_clock;

    /// Calls included; tests that do not really wait pass their time by the delays alone.
    std::chrono::milliseconds elapsed() const {
        return std::max(waited_, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_));
    }

    const SyncOptions& options_;
    int attempt_ = 1;
    Clock::time_point begin_ = Clock::now();
    std::chrono::milliseconds waited_{0};
};

/// Repeats a call that may be repeated, where the answer is one that the HTTP client takes for final although a later
/// one may differ: an overloaded server's 400, a 200 that is not MLflow's.
template <typename Call>
auto patiently(const SyncOptions& options, Call&& call) {
    Patience patience(options);
    for (;;) {
        try {
            return call();
        } catch (const MlflowError& e) {
            const bool unseen = e.status() == 400 || (e.status() >= 200 && e.status() < 300);
            if (!e.transient() || !unseen || !patience.wait()) throw;
        }
    }
}

}  // namespace assay::tracking::detail
