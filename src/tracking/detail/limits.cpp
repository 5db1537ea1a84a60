#include "assay/tracking/detail/limits.hpp"

#include <algorithm>

#include "assay/base/error.hpp"
#include "assay/tracking/journal_status.hpp"
#include "assay/tracking/retention.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;

std::int64_t SpaceLimit::measure() {
    held_ = journal_bytes(journal_);
    measured_ = std::chrono::steady_clock::now();
    ++walks_;
    return max_bytes_ - held_;
}

std::int64_t SpaceLimit::room(std::int64_t wanted) {
    const std::lock_guard lock(mutex_);
    const bool fresh = measured_ && std::chrono::steady_clock::now() - *measured_ < std::chrono::seconds(1);
    if (fresh && max_bytes_ - held_ >= wanted) return max_bytes_ - held_;
    const std::string signs = signs_of_change();
    if (!full_.empty() && signs == full_) return max_bytes_ - held_;
    full_.clear();
    std::int64_t room = measure();
    for (const bool whole_runs : {true, false}) {
        if (room >= wanted) return room;
        RetentionOptions options;
        options.until_bytes = std::max<std::int64_t>(max_bytes_ - wanted, 1);
        options.whole_runs = whole_runs;
        collect_garbage_now(journal_, options);
        room = measure();
    }
    if (room < wanted) full_ = signs_of_change();
    return room;
}

void SpaceLimit::take(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    held_ += bytes;
}

// Room comes from what is acknowledged or removed: both leave their traces in folders far smaller than the artifacts'.
std::string SpaceLimit::signs_of_change() const {
    std::int64_t sync = 0;
    std::int64_t segments = 0;
    std::error_code failed;
    for (auto at = fs::recursive_directory_iterator(journal_ / "sync", failed);
         !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
        std::error_code gone;
        const auto size = at->file_size(gone);
        sync += gone ? 1 : static_cast<std::int64_t>(size) + 1;
    }
    for (auto at = fs::directory_iterator(journal_ / "segments", failed); !failed && at != fs::directory_iterator();
         at.increment(failed)) {
        ++segments;
    }
    const auto artifacts = fs::last_write_time(journal_ / "artifacts", failed).time_since_epoch().count();
    return std::to_string(sync) + ' ' + std::to_string(segments) + ' ' + std::to_string(artifacts);
}

void SpaceLimit::refuse() const {
    throw IoError(
        "journal: the limit of " + std::to_string(max_bytes_) + " bytes of " + journal_.string() +
        " is reached, and what it holds waits for delivery; deliver it (assay sync), remove what is delivered "
        "(assay track gc) or raise the limit (max_bytes, ASSAY_JOURNAL_MAX_BYTES); nothing written before "
        "is lost");
}

}  // namespace assay::tracking::detail
