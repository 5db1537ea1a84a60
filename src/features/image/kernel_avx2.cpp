#if defined(__x86_64__)
#include <immintrin.h>

#include "assay/features/detail/image_kernels.hpp"

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors stay inside this file
#endif
#define ASSAY_TARGET "avx2"

namespace assay::features::detail {
namespace {
#include "data/csv/target_begin.hpp"

/// A coefficient is high · 2^15 + low, so that both parts multiply as 16-bit numbers; the sums wrap alike.
struct Isa {
    static constexpr index kWordsOfFour = 4;
    struct Sum {
        __m256i high[2];
        __m256i low[2];
    };

    static void pack(const std::int32_t* four, std::uint32_t* packed) {
        std::uint32_t high[4];
        std::uint32_t low[4];
        for (int k = 0; k < 4; ++k) {
            high[k] = static_cast<std::uint32_t>(four[k] >> 15) & 0xffff;
            low[k] = static_cast<std::uint32_t>(four[k]) & 0x7fff;
        }
        packed[0] = high[0] | high[2] << 16;
        packed[1] = low[0] | low[2] << 16;
        packed[2] = high[1] | high[3] << 16;
        packed[3] = low[1] | low[3] << 16;
    }
#include "features/image/shuffled_words.inc"
    static Sum zero() {
        const __m256i none = _mm256_setzero_si256();
        return {{none, none}, {none, none}};
    }
    static void add(Sum& sum, const std::uint32_t* words, const std::uint32_t* packed) {
        for (int half = 0; half < 2; ++half) {
            const __m256i word = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + 8 * half));
            const __m256i even = _mm256_and_si256(word, _mm256_set1_epi32(0x00ff00ff));
            const __m256i odd = _mm256_srli_epi16(word, 8);
            sum.high[half] = _mm256_add_epi32(sum.high[half], times(even, packed[0]));
            sum.low[half] = _mm256_add_epi32(sum.low[half], times(even, packed[1]));
            sum.high[half] = _mm256_add_epi32(sum.high[half], times(odd, packed[2]));
            sum.low[half] = _mm256_add_epi32(sum.low[half], times(odd, packed[3]));
        }
    }
    static __m256i times(__m256i samples, std::uint32_t factors) {
        return _mm256_madd_epi16(samples, _mm256_set1_epi32(static_cast<int>(factors)));
    }
    static void store(const Sum& sum, std::uint8_t* out) {
        __m256i total[2];
        for (int half = 0; half < 2; ++half) {
            total[half] = _mm256_add_epi32(_mm256_slli_epi32(sum.high[half], 15), sum.low[half]);
            total[half] = _mm256_srai_epi32(_mm256_add_epi32(total[half], _mm256_set1_epi32(1 << 21)), 22);
        }
        const __m256i pairs = _mm256_permute4x64_epi64(_mm256_packs_epi32(total[0], total[1]), _MM_SHUFFLE(3, 1, 2, 0));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                         _mm_packus_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
    }
};

#include "features/image/kernel.inc"

#include "data/csv/target_end.hpp"
}  // namespace

const ImageKernels avx2_image_kernels{"avx2",      Isa::kWordsOfFour, &Isa::pack,       &load_tile,
                                      &horizontal, &vertical,         &deep_horizontal, &deep_vertical};

}  // namespace assay::features::detail
#endif
