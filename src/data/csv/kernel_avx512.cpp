#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>
#include <cstdint>
#include <string_view>

#include "data/csv/kernels.hpp"

#define ASSAY_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi,bmi2,lzcnt,popcnt,pclmul"
namespace assay::data::csv {
namespace {
#include "data/csv/target_begin.hpp"

struct Isa {
    static __m512i load(const char* text) { return _mm512_loadu_si512(text); }
    static std::uint64_t equal(const char* text, char c) {
        return _mm512_cmpeq_epi8_mask(load(text), _mm512_set1_epi8(c));
    }
    static std::uint64_t high(const char* text) { return _mm512_movepi8_mask(load(text)); }
    static std::uint64_t prefix_xor(std::uint64_t bits) {
        const __m128i product =
            _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(bits)), _mm_set1_epi8(-1), 0);
        return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
    }
};

#include "data/csv/structure_kernel.hpp"
#include "data/csv/target_end.hpp"
}  // namespace

const StructureKernel avx512_kernel{&find_quoted_cut, &index_blocks};

}  // namespace assay::data::csv
#endif
