#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined lanes of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "models/search/kernels.hpp"

#define ASSAY_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"
namespace assay::models::search {
namespace {
#include "data/csv/target_begin.hpp"

__m512i four_codes(const std::int8_t* codes) {
    std::int32_t four;
    std::memcpy(&four, codes, 4);
    return _mm512_set1_epi32(four);
}

/// Sums of four groups for one query. Members and variables have names, because GCC keeps arrays of them in memory.
struct FourSums {
    __m512i a, b, c, d;

    static FourSums zero() {
        const __m512i none = _mm512_setzero_si512();
        return {none, none, none, none};
    }
    void add(const FourSums& rows, __m512i query) {
        a = _mm512_dpbusd_epi32(a, rows.a, query);
        b = _mm512_dpbusd_epi32(b, rows.b, query);
        c = _mm512_dpbusd_epi32(c, rows.c, query);
        d = _mm512_dpbusd_epi32(d, rows.d, query);
    }
    void store(std::int32_t* sums) const {
        _mm512_store_si512(sums, a);
        _mm512_store_si512(sums + 16, b);
        _mm512_store_si512(sums + 32, c);
        _mm512_store_si512(sums + 48, d);
    }
};

/// All four groups against Q queries: the sums stay in registers, each code of a row is loaded once.
template <int Q, bool kAhead = false>
void dots_of(const std::uint8_t* block, index quads, const std::int8_t* queries, index stride, std::int32_t* sums,
             const std::uint8_t* ahead = nullptr) {
    const index group_bytes = quads * 4 * kGroupRows;
    FourSums s0 = FourSums::zero(), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
    for (index t = 0; t < quads; ++t) {
        const std::uint8_t* codes = block + 64 * t;
        const FourSums rows{_mm512_load_si512(codes), _mm512_load_si512(codes + group_bytes),
                            _mm512_load_si512(codes + 2 * group_bytes), _mm512_load_si512(codes + 3 * group_bytes)};
        if constexpr (kAhead) {
            for (index g = 0; g < 4; ++g) _mm_prefetch(ahead + g * group_bytes + 64 * t, _MM_HINT_T1);
        }
        const std::int8_t* query = queries + 4 * t;
        s0.add(rows, four_codes(query));
        if constexpr (Q > 1) s1.add(rows, four_codes(query + stride));
        if constexpr (Q > 2) s2.add(rows, four_codes(query + 2 * stride));
        if constexpr (Q > 3) s3.add(rows, four_codes(query + 3 * stride));
        if constexpr (Q > 4) s4.add(rows, four_codes(query + 4 * stride));
        if constexpr (Q > 5) s5.add(rows, four_codes(query + 5 * stride));
    }
    s0.store(sums);
    if constexpr (Q > 1) s1.store(sums + kBlockRows);
    if constexpr (Q > 2) s2.store(sums + 2 * kBlockRows);
    if constexpr (Q > 3) s3.store(sums + 3 * kBlockRows);
    if constexpr (Q > 4) s4.store(sums + 4 * kBlockRows);
    if constexpr (Q > 5) s5.store(sums + 5 * kBlockRows);
}

template <int Q>
void dots_from(index& q, const std::uint8_t* block, index quads, const QueryCodes& queries, const std::uint8_t* ahead,
               std::int32_t* sums) {
    for (; q + Q <= queries.count; q += Q) {
        const std::int8_t* codes = queries.codes + q * queries.stride;
        if (q == 0 && ahead != nullptr) {
            dots_of<Q, true>(block, quads, codes, queries.stride, sums, ahead);
        } else {
            dots_of<Q>(block, quads, codes, queries.stride, sums + q * kBlockRows);
        }
    }
}

void avx512_dots(const std::uint8_t* block, index quads, const QueryCodes& queries, const std::uint8_t* ahead,
                 std::int32_t* sums) {
    index q = 0;
    dots_from<6>(q, block, quads, queries, ahead, sums);
    dots_from<4>(q, block, quads, queries, ahead, sums);
    dots_from<2>(q, block, quads, queries, ahead, sums);
    dots_from<1>(q, block, quads, queries, ahead, sums);
}

std::uint64_t avx512_reaching(const std::int32_t* sums, const std::int32_t* low_sums, const RowTerms& rows,
                              const QueryTerms& query, float least) {
    std::uint64_t found = 0;
    for (index g = 0; g < kBlockRows; g += 16) {
        const __m512i whole = _mm512_sub_epi32(_mm512_load_si512(sums + g), _mm512_set1_epi32(query.offset));
        __m512 sum = _mm512_cvtepi32_ps(whole);
        if (low_sums != nullptr) {
            const __m512i low = _mm512_sub_epi32(_mm512_load_si512(low_sums + g), _mm512_set1_epi32(query.low_offset));
            sum = _mm512_add_ps(_mm512_mul_ps(sum, _mm512_set1_ps(128.0f)), _mm512_cvtepi32_ps(low));
        }
        const __m512 scale = _mm512_mul_ps(_mm512_load_ps(rows.scales + g), _mm512_set1_ps(query.scale));
        const __m512 bound =
            _mm512_add_ps(_mm512_mul_ps(_mm512_load_ps(rows.residuals + g), _mm512_set1_ps(query.residual)),
                          _mm512_mul_ps(_mm512_load_ps(rows.norms + g), _mm512_set1_ps(query.norm)));
        const __m512 upper = _mm512_add_ps(_mm512_mul_ps(sum, scale), bound);
        const __mmask16 reached = _mm512_cmp_ps_mask(upper, _mm512_set1_ps(least), _CMP_GE_OQ);
        found |= static_cast<std::uint64_t>(reached) << g;
    }
    return found;
}

float avx512_score(const double* query, const float* row, index n) {
    __m512d low = _mm512_setzero_pd();
    __m512d high = _mm512_setzero_pd();
    for (index i = 0; i < n; i += 16) {
        low = _mm512_fmadd_pd(_mm512_loadu_pd(query + i), _mm512_cvtps_pd(_mm256_load_ps(row + i)), low);
        high = _mm512_fmadd_pd(_mm512_loadu_pd(query + i + 8), _mm512_cvtps_pd(_mm256_load_ps(row + i + 8)), high);
    }
    const __m512d eight = _mm512_add_pd(low, high);
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(eight), _mm512_extractf64x4_pd(eight, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return static_cast<float>(_mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two))));
}

#include "data/csv/target_end.hpp"
}  // namespace

const Kernels avx512_kernels{"avx512", 12, 127, &avx512_dots, &avx512_reaching, &avx512_score};

}  // namespace assay::models::search
#endif
