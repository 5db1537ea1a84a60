#include "assay/base/simd.hpp"

#include <cstdlib>
#include <string>

#include "assay/base/error.hpp"

namespace assay {
namespace {

Simd simd_of_environment() {
    const char* wanted = std::getenv("ASSAY_SIMD");
    const std::string name = wanted == nullptr ? "" : wanted;
    if (name.empty() || name == "amx") return Simd::amx;
    if (name == "avx512") return Simd::avx512;
    if (name == "avx2") return Simd::avx2;
    if (name == "scalar") return Simd::scalar;
    throw ValueError(
        "ASSAY_SIMD: expected scalar, avx2, avx512 or amx, got another value; unset it to use what the "
        "processor has");
}

}  // namespace

Simd widest_simd() {
    static const Simd kWidest = simd_of_environment();
    return kWidest;
}

}  // namespace assay
