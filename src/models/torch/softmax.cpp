#include "models/torch/softmax.hpp"

#include <algorithm>
#include <limits>

#include "assay/base/simd.hpp"

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined lanes of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#endif

namespace assay::models::detail {

#if defined(__x86_64__)
namespace {

// e^x for x from -87 to 0: 2^n·e^r with |r| ≤ ln(2)/2, and e^r by its Taylor series. Sums run over sixteen lanes, which
// are added in their order: AVX2 does with two vectors what AVX-512 does with one.

constexpr float kLeast = -87.0F, kLog2 = 1.44269504F;
constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;  // in two parts, the first product exact
constexpr float kTaylor[] = {1.0F / 5040, 1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F};

float sum_of(const float* lanes) {
    float sum = 0;
    for (int i = 0; i < 16; ++i) sum += lanes[i];
    return sum;
}

__attribute__((target("avx512f"), always_inline)) inline __m512 power_avx512(__m512 x) {
    x = _mm512_max_ps(_mm512_set1_ps(kLeast), x);  // the second where either is NaN
    const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(kLog2)), 8);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(kLn2High), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(kLn2Low), r);
    __m512 sum = _mm512_set1_ps(kTaylor[0]);
#pragma GCC unroll 8
    for (int i = 1; i < 8; ++i) sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(kTaylor[i]));
    const __m512i exponent = _mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23);
    return _mm512_mul_ps(sum, _mm512_castsi512_ps(exponent));
}

__attribute__((target("avx512f"))) float row_avx512(float* row, std::int64_t columns, float scale) {
    const auto mask_of = [columns](std::int64_t i) {
        return static_cast<__mmask16>((1U << std::min<std::int64_t>(columns - i, 16)) - 1);
    };
    const __m512 lowest = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
    __m512 most = lowest;
    for (std::int64_t i = 0; i < columns; i += 16) {
        most = _mm512_max_ps(_mm512_mask_loadu_ps(lowest, mask_of(i), row + i), most);
    }
    const __m512 largest = _mm512_set1_ps(_mm512_reduce_max_ps(most)), by = _mm512_set1_ps(scale);
    __m512 sums = _mm512_setzero_ps();
    for (std::int64_t i = 0; i < columns; i += 16) {
        const __mmask16 mask = mask_of(i);
        const __m512 below = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, row + i), largest);
        const __m512 power = _mm512_maskz_mov_ps(mask, power_avx512(_mm512_mul_ps(below, by)));
        _mm512_mask_storeu_ps(row + i, mask, power);
        sums = _mm512_add_ps(sums, power);
    }
    alignas(64) float lanes[16];
    _mm512_store_ps(lanes, sums);
    return sum_of(lanes);
}

__attribute__((target("avx2,fma"), always_inline)) inline __m256 power_avx2(__m256 x) {
    x = _mm256_max_ps(_mm256_set1_ps(kLeast), x);
    const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(kLog2)), 8);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(kLn2High), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(kLn2Low), r);
    __m256 sum = _mm256_set1_ps(kTaylor[0]);
#pragma GCC unroll 8
    for (int i = 1; i < 8; ++i) sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(kTaylor[i]));
    const __m256i exponent = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(sum, _mm256_castsi256_ps(exponent));
}

__attribute__((target("avx2,fma"))) float row_avx2(float* row, std::int64_t columns, float scale) {
    alignas(32) static constexpr std::int32_t kMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    const auto mask_of = [columns](std::int64_t i) __attribute__((target("avx2,fma"))) {
        const std::int64_t count = std::clamp<std::int64_t>(columns - i, 0, 8);
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMask + 8 - count));
    };
    float largest = -std::numeric_limits<float>::infinity();
    for (std::int64_t i = 0; i < columns; ++i) largest = row[i] > largest ? row[i] : largest;
    const __m256 most = _mm256_set1_ps(largest), by = _mm256_set1_ps(scale);
    __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    for (std::int64_t i = 0; i < columns; i += 16) {
        for (int half = 0; half < 2; ++half) {
            const __m256i mask = mask_of(i + 8 * half);
            float* at = row + i + 8 * half;
            const __m256 below = _mm256_sub_ps(_mm256_maskload_ps(at, mask), most);
            const __m256 power = _mm256_and_ps(power_avx2(_mm256_mul_ps(below, by)), _mm256_castsi256_ps(mask));
            _mm256_maskstore_ps(at, mask, power);
            sums[half] = _mm256_add_ps(sums[half], power);
        }
    }
    alignas(32) float lanes[16];
    _mm256_store_ps(lanes, sums[0]);
    _mm256_store_ps(lanes + 8, sums[1]);
    return sum_of(lanes);
}

}  // namespace

void exponentials(float* scores, std::int64_t step, std::int64_t rows, std::int64_t columns, float scale, float* sums) {
    const bool wide = widest_simd() >= Simd::avx512 && __builtin_cpu_supports("avx512f");
    for (std::int64_t row = 0; row < rows; ++row, scores += step) {
        sums[row] = wide ? row_avx512(scores, columns, scale) : row_avx2(scores, columns, scale);
    }
}

#else

void exponentials(float*, std::int64_t, std::int64_t, std::int64_t, float, float*) {}

#endif

}  // namespace assay::models::detail
