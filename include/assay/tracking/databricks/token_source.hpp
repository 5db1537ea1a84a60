#pragma once

#include <chrono>
#include <functional>
#include <mutex>

#include "assay/base/export.hpp"
#include "assay/base/secret.hpp"

namespace assay::tracking::databricks {

/// An access token and how long it is good for from now on.
struct AccessToken {
    Secret value;
    std::chrono::milliseconds lifetime{0};
};

/// A token that expires: fetched when first asked for, and again before it runs out.
///
/// May be asked by any number of threads; one of them fetches, and the others wait only where there is no token that
/// still holds. A fetch that fails while the old token holds is tried again a minute later.
class ASSAY_EXPORT TokenSource {
  public:
    using Fetch = std::function<AccessToken()>;
    using Clock = std::function<std::chrono::milliseconds()>;  ///< a steady one

    /// @param fetch  asks the token endpoint; may throw
    explicit TokenSource(Fetch fetch, Clock clock = {});

    /// A token that holds for another 40 s at least, or a quarter of its life where that is less.
    /// @throws whatever `fetch` throws, where there is none
    Secret token();

    /// Gives up a token that a server refused. @return whether token() gives another now
    bool give_up(const Secret& refused);

  private:
    enum class State { fresh, ageing, spent };

    State state() const;
    void store(AccessToken fetched);

    Fetch fetch_;
    Clock clock_;
    std::mutex fetching_;  ///< held by the one thread that asks the endpoint
    std::mutex mutex_;     ///< guards what follows
    Secret current_;
    std::chrono::milliseconds renew_after_{0};
    std::chrono::milliseconds good_until_{0};
};

}  // namespace assay::tracking::databricks
