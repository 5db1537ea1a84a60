#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined lanes of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <bit>
#include <cstdint>
#include <string_view>

#include "data/csv/kernels.hpp"

#define ASSAY_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,bmi,bmi2,lzcnt,popcnt,pclmul"
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

struct EightFields {
    __m512i text;   ///< the eight bytes before each field's end
    __m512i sizes;  ///< of the fields, 64 bits each
};

EightFields load_fields(const FieldRows& rows, index row, index column) {
    const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows.first + row));
    const __m256i field = _mm256_add_epi32(first, _mm256_set1_epi32(static_cast<int>(column)));
    const auto* ends = reinterpret_cast<const int*>(rows.ends);
    const __m256i end = _mm256_i32gather_epi32(ends, field, 4);
    const __m256i before = _mm256_i32gather_epi32(ends - 1, field, 4);
    const __m256i size = _mm256_sub_epi32(_mm256_sub_epi32(end, before), _mm256_set1_epi32(1));
    EightFields out{_mm512_i32gather_epi64(end, rows.data - 8, 1), _mm512_cvtepi32_epi64(size)};
    if (rows.cr_at_end && column + 1 == rows.fields) {
        const __m512i last = _mm512_srli_epi64(out.text, 56);
        const __mmask8 cr = _mm512_cmpeq_epi64_mask(last, _mm512_set1_epi64('\r')) &
                            _mm512_cmpgt_epi64_mask(out.sizes, _mm512_setzero_si512());
        out.text = _mm512_mask_slli_epi64(out.text, cr, out.text, 8);
        out.sizes = _mm512_mask_sub_epi64(out.sizes, cr, out.sizes, _mm512_set1_epi64(1));
    }
    return out;
}

/// parse_short for eight fields at a time. @return  which of them have that form
__mmask8 parse_eight(const EightFields& fields, bool strict, double* values) {
    const __m512i ones = _mm512_set1_epi8(1);
    // Bytes before the text become the digit 0.
    const __m512i gap = _mm512_sub_epi64(_mm512_set1_epi64(64), _mm512_slli_epi64(fields.sizes, 3));
    __m512i word = _mm512_xor_si512(fields.text, _mm512_set1_epi8('0'));
    word = _mm512_and_si512(word, _mm512_sllv_epi64(_mm512_set1_epi64(-1), gap));
    __mmask8 good = _mm512_cmple_epu64_mask(_mm512_sub_epi64(fields.sizes, _mm512_set1_epi64(1)), _mm512_set1_epi64(7));
    if (strict) {
        const __m512i start = _mm512_srlv_epi64(word, gap);
        const __m512i second = _mm512_and_si512(_mm512_srli_epi64(start, 8), _mm512_set1_epi64(0xff));
        good &= static_cast<__mmask8>(~(_mm512_testn_epi64_mask(start, _mm512_set1_epi64(0xff)) &
                                        _mm512_cmple_epu64_mask(second, _mm512_set1_epi64(9)) &
                                        _mm512_cmpgt_epi64_mask(fields.sizes, _mm512_set1_epi64(1))));
    }
    const __m512i points =
        _mm512_and_si512(_mm512_movm_epi8(_mm512_cmpeq_epi8_mask(word, _mm512_set1_epi8('.' ^ '0'))), ones);
    const __m512i point = _mm512_and_si512(points, _mm512_sub_epi64(_mm512_setzero_si512(), points));
    const __mmask8 has_point = _mm512_test_epi64_mask(point, point);
    const __m512i below = _mm512_sub_epi64(point, _mm512_set1_epi64(1));
    const __m512i up_to = _mm512_or_si512(_mm512_slli_epi64(below, 8), _mm512_set1_epi64(0xff));
    const __m512i closed =
        _mm512_or_si512(_mm512_andnot_si512(up_to, word), _mm512_slli_epi64(_mm512_and_si512(word, below), 8));
    word = _mm512_mask_mov_epi64(word, has_point, closed);
    const __m512i over = _mm512_or_si512(word, _mm512_add_epi8(word, _mm512_set1_epi8(0x76)));
    good &= _mm512_testn_epi64_mask(over, _mm512_set1_epi8(static_cast<char>(0x80)));
    good &= static_cast<__mmask8>(~(has_point & _mm512_cmpeq_epi64_mask(fields.sizes, _mm512_set1_epi64(1))));
    // Pairs, fours, then all eight digits; the first digit is the lowest byte.
    const __m512i pairs = _mm512_maddubs_epi16(word, _mm512_set1_epi16(0x010a));
    const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
    const __m512i all =
        _mm512_add_epi64(_mm512_mul_epu32(fours, _mm512_set1_epi64(10000)), _mm512_srli_epi64(fours, 32));
    // Decimals: 7 for a point in the lowest byte, 8 for none, which stands for a divisor of 1.
    const __m512i decimals = _mm512_srli_epi64(_mm512_lzcnt_epi64(point), 3);
    const __m512d low = _mm512_setr_pd(1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7);
    const __m512d divisor = _mm512_permutex2var_pd(low, decimals, _mm512_set1_pd(1.0));
    _mm512_storeu_pd(values, _mm512_div_pd(_mm512_cvtepu64_pd(all), divisor));
    return good;
}

index parse_decimals(const FieldRows& rows, index column, bool strict, double* values, std::uint32_t* others) {
    index count = 0;
    index row = 0;
    for (; row + 8 <= rows.rows; row += 8) {
        unsigned bad = static_cast<std::uint8_t>(~parse_eight(load_fields(rows, row, column), strict, values + row));
        for (; bad != 0; bad &= bad - 1) {
            others[count++] = static_cast<std::uint32_t>(row + std::countr_zero(bad));
        }
    }
    for (; row < rows.rows; ++row) others[count++] = static_cast<std::uint32_t>(row);
    return count;
}

#include "data/csv/target_end.hpp"
}  // namespace

const Kernel avx512_kernel{&find_quoted_cut, &index_blocks, &parse_decimals};

}  // namespace assay::data::csv
#endif
