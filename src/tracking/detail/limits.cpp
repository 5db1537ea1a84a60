#include "assay/tracking/detail/limits.hpp"

#include <algorithm>

#include "assay/base/error.hpp"
#include "assay/tracking/journal_status.hpp"
#include "assay/tracking/retention.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;

std::int64_t room_within(const fs::path& journal, std::int64_t max_bytes, std::int64_t wanted) {
    std::int64_t room = max_bytes - journal_bytes(journal);
    for (const bool whole_runs : {true, false}) {
        if (room >= wanted) break;
        RetentionOptions options;
        options.until_bytes = std::max<std::int64_t>(max_bytes - wanted, 1);
        options.whole_runs = whole_runs;
        collect_garbage_now(journal, options);
        room = max_bytes - journal_bytes(journal);
    }
    return room;
}

void refuse_for_limit(const fs::path& journal, std::int64_t max_bytes) {
    throw IoError(
        "journal: the limit of " + std::to_string(max_bytes) + " bytes of " + journal.string() +
        " is reached, and what it holds waits for delivery; deliver it (assay sync), remove what is delivered "
        "(assay track gc) or raise the limit (max_bytes, ASSAY_JOURNAL_MAX_BYTES); nothing written before "
        "is lost");
}

}  // namespace assay::tracking::detail
