#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "assay/base/index.hpp"
#include "assay/tracking/transfer.hpp"

namespace assay::tracking::detail {

/// What the threads of a transfer share: how far it is, and whether it is to end.
struct TransferMeter {
    std::atomic<index> files_done{0};
    std::atomic<index> files{0};
    std::atomic<std::int64_t> bytes_done{0};
    std::atomic<std::int64_t> bytes{0};
    std::atomic<bool> cancelled{false};

    TransferProgress progress() const { return {files_done, files, bytes_done, bytes}; }
};

/// Calls `body` with 0 … count-1, each once, on at most `workers` threads of its own; returns when all are done.
///
/// These threads wait for the network, which the compute pool's must not. Meanwhile the calling thread calls `tick`
/// about ten times a second, so that what is written in Python runs where Python may.
/// @param cancelled  true while a task has failed and the others are to end, and for good where `tick` throws
/// @throws what `tick` threw, or the task that failed first; others may not have run then
void run_transfers(std::size_t count, int workers, const std::function<void(std::size_t)>& body,
                   std::atomic<bool>& cancelled, const std::function<void()>& tick);

}  // namespace assay::tracking::detail
