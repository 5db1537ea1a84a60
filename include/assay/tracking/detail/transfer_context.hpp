#pragma once

#include <functional>

#include "assay/base/http.hpp"
#include "assay/tracking/detail/artifact_server.hpp"
#include "assay/tracking/detail/transfer_pool.hpp"
#include "assay/tracking/transfer.hpp"

namespace assay::tracking::detail {

/// What the parts of a transfer work with.
struct TransferContext {
    const ArtifactServer& server;
    const http::Client& storage;  ///< for links to the store: without credentials
    const TransferOptions& options;
    TransferMeter& meter;
    std::function<void()> tick;  ///< reports how far it is
};

}  // namespace assay::tracking::detail
