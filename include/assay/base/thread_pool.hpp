#pragma once

#include "assay/base/detail/block_runner.hpp"
#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <functional>
#include <span>

namespace assay {

// One pool per process. No thread is started before the first call that can use two; a child made by fork() starts its
// own at its first call. Calls made inside a task run inline, so that a kernel may call another.
//
// Work is cut by `grain` alone, never by the number of threads: results are the same at any number of threads as
// long as each block writes only what is its own.

/// Number of threads that work is shared among, the calling one included.
///
/// `ASSAY_NUM_THREADS` where set, otherwise the CPUs that the process may run on, limited by the CPU quota of its
/// control group (version 1 or 2, rounded up). Read once, at the first call.
/// @throws ValueError if ASSAY_NUM_THREADS is not a positive whole number.
ASSAY_EXPORT int num_threads();

/// Sets the number for all later calls. @throws ValueError if below 1.
ASSAY_EXPORT void set_num_threads(int count);

/// Calls `body(begin, end)` on consecutive blocks of [0, n), each of `grain` items but for the last; returns when all
/// are done.
/// @param n      number of items; nothing is called where it is 0 or less
/// @param grain  items of a block, at least 1; a block should take some tens of microseconds
/// @throws what the first failing block (by position) threw; blocks after it may not have run.
template <class Body>
void parallel_for(index n, index grain, Body&& body) {
    const index step = grain < 1 ? 1 : grain;
    if (n <= 0) return;
    auto run_block = [&body, n, step](index block) {
        const index begin = block * step;
        body(begin, n - begin < step ? n : begin + step);
    };
    using Block = decltype(run_block);
    detail::run_blocks((n - 1) / step + 1, &run_block,
                       [](void* context, index block) { (*static_cast<Block*>(context))(block); });
}

/// Calls every task once; returns when all are done.
/// @throws what the first failing task (by position) threw; tasks after it may not have run.
ASSAY_EXPORT void run_tasks(std::span<const std::function<void()>> tasks);

}  // namespace assay
