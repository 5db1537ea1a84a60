#include "assay/tracking/sync.hpp"

#include "assay/tracking/detail/sender.hpp"

namespace assay::tracking {

SyncReport sync(const std::filesystem::path& journal, const MlflowClient& client, const SyncOptions& options) {
    std::error_code missing;
    if (!std::filesystem::exists(journal / "segments", missing)) {
        SyncReport nothing;
        nothing.complete = true;
        return nothing;
    }
    return detail::Sender(journal, client, options).deliver();
}

}  // namespace assay::tracking
