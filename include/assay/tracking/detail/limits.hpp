#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "assay/base/index.hpp"

namespace assay::tracking::detail {

/// The bytes that a journal may take on disk. Usable from any thread.
///
/// What the folder holds is measured by walking it, at first, when it may be full, and when the last time is more than
/// a second ago, since other processes write there; in between what this process adds is counted.
class SpaceLimit {
  public:
    /// @param max_bytes  0 for no limit
    SpaceLimit(std::filesystem::path journal, std::int64_t max_bytes)
        : journal_(std::move(journal)), max_bytes_(max_bytes) {}

    bool exists() const noexcept { return max_bytes_ > 0; }

    /// Bytes still free. Where they are fewer than `wanted`, delivered segments are removed first, those of runs that
    /// wait for nothing before parts of runs that go on. No look is taken again where nothing can have changed.
    std::int64_t room(std::int64_t wanted);
    /// Counts what is about to be written.
    void take(std::int64_t bytes);
    /// @throws IoError that says what to do
    [[noreturn]] void refuse() const;

    /// So that fork finds it free.
    void lock() { mutex_.lock(); }
    void unlock() { mutex_.unlock(); }

    /// How often the folder was walked.
    index walks() const noexcept { return walks_; }

  private:
    std::int64_t measure();
    std::string signs_of_change() const;

    std::filesystem::path journal_;
    std::int64_t max_bytes_;
    mutable std::mutex mutex_;
    std::int64_t held_ = 0;
    std::optional<std::chrono::steady_clock::time_point> measured_;
    std::string full_;  // the signs of change when no room was found; empty where there is room
    index walks_ = 0;
};

}  // namespace assay::tracking::detail
