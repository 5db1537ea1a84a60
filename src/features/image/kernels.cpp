#include <atomic>

#include "assay/base/simd.hpp"
#include "assay/features/detail/image_kernels.hpp"

namespace assay::features::detail {
namespace {

std::atomic<const ImageKernels*> image_kernels_set{nullptr};

const ImageKernels& best_image_kernels() {
#if defined(__x86_64__)
    const Simd widest = widest_simd();
    for (const ImageKernels* kernels : available_image_kernels()) {
        if (kernels == &avx512_image_kernels && widest < Simd::avx512) continue;
        if (kernels == &avx2_image_kernels && widest < Simd::avx2) continue;
        return *kernels;
    }
#endif
    return portable_image_kernels;
}

}  // namespace

const std::vector<const ImageKernels*>& available_image_kernels() {
    static const std::vector<const ImageKernels*> kAvailable = [] {
        std::vector<const ImageKernels*> found;
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512vnni")) {
            found.push_back(&avx512_image_kernels);
        }
        if (__builtin_cpu_supports("avx2")) found.push_back(&avx2_image_kernels);
#endif
        found.push_back(&portable_image_kernels);
        return found;
    }();
    return kAvailable;
}

const ImageKernels& image_kernels() {
    const ImageKernels* set = image_kernels_set.load(std::memory_order_relaxed);
    if (set != nullptr) return *set;
    static const ImageKernels& kBest = best_image_kernels();
    return kBest;
}

void use_image_kernels(const ImageKernels* kernels) noexcept {
    image_kernels_set.store(kernels, std::memory_order_relaxed);
}

}  // namespace assay::features::detail
