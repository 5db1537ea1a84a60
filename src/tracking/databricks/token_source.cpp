#include "assay/tracking/databricks/token_source.hpp"

#include <algorithm>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::tracking::databricks {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Azure refuses tokens with less than 30 s to live.
constexpr milliseconds least_left = seconds(40);
/// A token endpoint that is away for less than this is not noticed.
constexpr milliseconds early = minutes(5);
constexpr milliseconds pause_after_failure = minutes(1);

milliseconds steady_time() {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

TokenSource::TokenSource(Fetch fetch, Clock clock)
    : fetch_(std::move(fetch)), clock_(clock ? std::move(clock) : Clock(steady_time)) {}

TokenSource::State TokenSource::state() const {
    const milliseconds time = clock_();
    if (current_.empty() || time >= good_until_) return State::spent;
    return time >= renew_after_ ? State::ageing : State::fresh;
}

void TokenSource::store(AccessToken fetched) {
    const std::lock_guard lock(mutex_);
    const milliseconds end = clock_() + fetched.lifetime;
    good_until_ = end - std::min(least_left, fetched.lifetime / 4);
    renew_after_ = std::min(good_until_, end - std::min(early, fetched.lifetime / 2));
    current_ = std::move(fetched.value);
}

Secret TokenSource::token() {
    {
        const std::lock_guard lock(mutex_);
        if (state() == State::fresh) return current_;
    }
    std::unique_lock fetching(fetching_, std::defer_lock);
    {
        const std::lock_guard lock(mutex_);
        if (state() == State::ageing && !fetching.try_lock()) return current_;
    }
    if (!fetching) fetching.lock();
    State now = State::spent;
    {
        const std::lock_guard lock(mutex_);  // another thread may have been faster
        now = state();
        if (now == State::fresh) return current_;
    }
    try {
        store(fetch_());
    } catch (const HttpError&) {
        if (now == State::spent) throw;
        const std::lock_guard lock(mutex_);
        renew_after_ = clock_() + pause_after_failure;
    }
    const std::lock_guard lock(mutex_);
    return current_;
}

bool TokenSource::give_up(const Secret& refused) {
    const std::lock_guard lock(mutex_);
    if (current_ == refused) current_ = Secret();
    return true;
}

}  // namespace assay::tracking::databricks
