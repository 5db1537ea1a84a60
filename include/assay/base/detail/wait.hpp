#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace assay::detail {

/// Waits until `ready` holds, as std::condition_variable::wait does.
///
/// That function's newest symbol version would tie a wheel built with GCC 12 to the libstdc++ of GCC 12
/// (manylinux_2_35); waiting with a limit is inline and needs nothing newer than GCC 11 has.
template <class Ready>
void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock, Ready ready) {
    while (!condition.wait_for(lock, std::chrono::hours(1), ready)) {
    }
}

}  // namespace assay::detail
