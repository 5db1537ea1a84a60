#pragma once

#include <atomic>
#include <cstdint>
#include <iterator>
#include <vector>

namespace assay::models::detail {

/// Items of work of which each thread has a part; whoever is done helps the others, for other programs run on these
/// processors, too.
class Shares {
  public:
    Shares(std::int64_t items, std::int64_t threads) : items_(items), next_(static_cast<std::size_t>(threads)) {
        for (std::int64_t t = 0; t < threads; ++t) at(t).value = items * t / threads;
    }

    /// Runs work(item) from the part of `thread` on until nothing is left.
    template <typename Work>
    void run(std::int64_t thread, Work&& work) {
        const std::int64_t threads = std::ssize(next_);
        for (std::int64_t i = 0; i < threads; ++i) {
            const std::int64_t t = (thread + i) % threads, end = items_ * (t + 1) / threads;
            for (std::int64_t item = at(t).value++; item < end; item = at(t).value++) work(item);
        }
    }

  private:
    struct alignas(64) Next {
        std::atomic<std::int64_t> value{0};
    };
    Next& at(std::int64_t thread) { return next_[static_cast<std::size_t>(thread)]; }

    std::int64_t items_;
    std::vector<Next> next_;
};

}  // namespace assay::models::detail
