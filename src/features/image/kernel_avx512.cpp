#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined lanes of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors stay inside this file
#endif
#include <immintrin.h>

#include "assay/features/detail/image_kernels.hpp"

#define ASSAY_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2"

namespace assay::features::detail {
namespace {
#include "data/csv/target_begin.hpp"

/// A coefficient is three signed bytes; VNNI multiplies four samples by four of them and adds the products.
struct Isa {
    static constexpr index kWordsOfFour = 3;
    struct Sum {
        __m512i high, middle, low;
    };

    static void pack(const std::int32_t* four, std::uint32_t* packed) {
        for (int byte = 0; byte < 3; ++byte) packed[byte] = 0;
        for (int k = 0; k < 4; ++k) {
            std::int32_t rest = four[k];
            for (int byte = 2; byte >= 0; --byte) {
                const std::int32_t digit = ((rest & 0xff) ^ 0x80) - 0x80;
                packed[byte] |= (static_cast<std::uint32_t>(digit) & 0xff) << (8 * k);
                rest = (rest - digit) >> 8;
            }
        }
    }
#include "features/image/shuffled_words.inc"
    static Sum zero() {
        const __m512i none = _mm512_setzero_si512();
        return {none, none, none};
    }
    static void add(Sum& sum, const std::uint32_t* words, const std::uint32_t* packed) {
        const __m512i word = _mm512_loadu_si512(words);
        sum.high = _mm512_dpbusd_epi32(sum.high, word, _mm512_set1_epi32(static_cast<int>(packed[0])));
        sum.middle = _mm512_dpbusd_epi32(sum.middle, word, _mm512_set1_epi32(static_cast<int>(packed[1])));
        sum.low = _mm512_dpbusd_epi32(sum.low, word, _mm512_set1_epi32(static_cast<int>(packed[2])));
    }
    static void store(const Sum& sum, std::uint8_t* out) {
        __m512i total = _mm512_add_epi32(_mm512_slli_epi32(sum.high, 16), _mm512_slli_epi32(sum.middle, 8));
        total = _mm512_add_epi32(total, _mm512_add_epi32(sum.low, _mm512_set1_epi32(1 << 21)));
        total = _mm512_max_epi32(_mm512_srai_epi32(total, 22), _mm512_setzero_si512());
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm512_cvtusepi32_epi8(total));
    }
};

#include "features/image/kernel.inc"

#include "data/csv/target_end.hpp"
}  // namespace

const ImageKernels avx512_image_kernels{"avx512",    Isa::kWordsOfFour, &Isa::pack,       &load_tile,
                                        &horizontal, &vertical,         &deep_horizontal, &deep_vertical};

}  // namespace assay::features::detail
#endif
