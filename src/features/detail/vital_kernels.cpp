#include "assay/features/detail/vital_kernels.hpp"

#include <atomic>

// Results must not depend on the machine: a fused multiply-add rounds once where the portable code rounds twice.
// (-ffp-contract=off comes from the build.)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors stay inside this file
#endif

namespace assay::features::detail {

#define ASSAY_KERNEL_NAME "portable"
#define ASSAY_KERNEL_LEVEL 1
namespace portable {
namespace {
#include "features/detail/vital_kernels.inc"
}
}  // namespace portable
#undef ASSAY_KERNEL_NAME
#undef ASSAY_KERNEL_LEVEL

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define ASSAY_KERNEL_NAME "avx2"
#define ASSAY_KERNEL_LEVEL 2
namespace avx2 {
namespace {
#include "features/detail/vital_kernels.inc"
}
}  // namespace avx2
#undef ASSAY_KERNEL_NAME
#undef ASSAY_KERNEL_LEVEL
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")
#endif
#define ASSAY_KERNEL_NAME "avx512"
#define ASSAY_KERNEL_LEVEL 3
namespace avx512 {
namespace {
#include "features/detail/vital_kernels.inc"
}
}  // namespace avx512
#undef ASSAY_KERNEL_NAME
#undef ASSAY_KERNEL_LEVEL
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif  // __x86_64__

namespace {

std::atomic<const VitalKernels*>& kernels_in_use() {
    static std::atomic<const VitalKernels*> kernels{available_vital_kernels().front()};
    return kernels;
}

}  // namespace

const std::vector<const VitalKernels*>& available_vital_kernels() {
    static const std::vector<const VitalKernels*> kAvailable = [] {
        std::vector<const VitalKernels*> found;
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
            found.push_back(&avx512::kKernels);
        }
        if (__builtin_cpu_supports("avx2")) found.push_back(&avx2::kKernels);
#endif
        found.push_back(&portable::kKernels);
        return found;
    }();
    return kAvailable;
}

const VitalKernels& vital_kernels() noexcept { return *kernels_in_use().load(std::memory_order_relaxed); }

void use_vital_kernels(const VitalKernels& kernels) noexcept {
    kernels_in_use().store(&kernels, std::memory_order_relaxed);
}

}  // namespace assay::features::detail
