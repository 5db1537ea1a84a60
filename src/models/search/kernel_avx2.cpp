#if defined(__x86_64__)
#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "models/search/kernels.hpp"

#define ASSAY_TARGET "avx2,fma"
namespace assay::models::search {
namespace {
#include "data/csv/target_begin.hpp"

const __m256i* wide(const void* bytes) { return static_cast<const __m256i*>(bytes); }

__m256i four_codes_wide(const std::int8_t* codes) {
    std::int32_t four;
    std::memcpy(&four, codes, 4);
    return _mm256_set1_epi32(four);
}

/// Sums of one group for one query. Members and variables have names, because GCC keeps arrays of them in memory.
struct GroupSums {
    __m256i first, second;

    /// No pair of products exceeds 16 bits: codes of rows are at most 255, those of queries 64.
    void add(const GroupSums& rows, __m256i query) {
        const __m256i ones = _mm256_set1_epi16(1);
        first = _mm256_add_epi32(first, _mm256_madd_epi16(_mm256_maddubs_epi16(rows.first, query), ones));
        second = _mm256_add_epi32(second, _mm256_madd_epi16(_mm256_maddubs_epi16(rows.second, query), ones));
    }
    void store(std::int32_t* sums) const {
        _mm256_store_si256(reinterpret_cast<__m256i*>(sums), first);
        _mm256_store_si256(reinterpret_cast<__m256i*>(sums + 8), second);
    }
};

/// One group against Q queries.
template <int Q, bool kAhead = false>
void group_dots(const std::uint8_t* codes, index quads, const std::int8_t* queries, index stride, std::int32_t* sums,
                const std::uint8_t* ahead = nullptr) {
    const GroupSums zero{_mm256_setzero_si256(), _mm256_setzero_si256()};
    GroupSums s0 = zero, s1 = zero, s2 = zero, s3 = zero;
    for (index t = 0; t < quads; ++t) {
        const GroupSums rows{_mm256_load_si256(wide(codes + 64 * t)), _mm256_load_si256(wide(codes + 64 * t + 32))};
        if constexpr (kAhead) _mm_prefetch(ahead + 64 * t, _MM_HINT_T1);
        const std::int8_t* query = queries + 4 * t;
        s0.add(rows, four_codes_wide(query));
        if constexpr (Q > 1) s1.add(rows, four_codes_wide(query + stride));
        if constexpr (Q > 2) s2.add(rows, four_codes_wide(query + 2 * stride));
        if constexpr (Q > 3) s3.add(rows, four_codes_wide(query + 3 * stride));
    }
    s0.store(sums);
    if constexpr (Q > 1) s1.store(sums + kBlockRows);
    if constexpr (Q > 2) s2.store(sums + 2 * kBlockRows);
    if constexpr (Q > 3) s3.store(sums + 3 * kBlockRows);
}

template <int Q>
void group_dots_from(index& q, const std::uint8_t* codes, index quads, const QueryCodes& queries,
                     const std::uint8_t* ahead, std::int32_t* sums) {
    for (; q + Q <= queries.count; q += Q) {
        const std::int8_t* query = queries.codes + q * queries.stride;
        if (q == 0 && ahead != nullptr) {
            group_dots<Q, true>(codes, quads, query, queries.stride, sums, ahead);
        } else {
            group_dots<Q>(codes, quads, query, queries.stride, sums + q * kBlockRows);
        }
    }
}

void avx2_dots(const std::uint8_t* block, index quads, const QueryCodes& queries, const std::uint8_t* ahead,
               std::int32_t* sums) {
    for (index g = 0; g < kBlockGroups; ++g) {
        const index at = g * quads * 4 * kGroupRows;
        const std::uint8_t* next = ahead == nullptr ? nullptr : ahead + at;
        index q = 0;
        group_dots_from<4>(q, block + at, quads, queries, next, sums + g * kGroupRows);
        group_dots_from<2>(q, block + at, quads, queries, next, sums + g * kGroupRows);
        group_dots_from<1>(q, block + at, quads, queries, next, sums + g * kGroupRows);
    }
}

std::uint64_t avx2_reaching(const std::int32_t* sums, const std::int32_t* low_sums, const RowTerms& rows,
                            const QueryTerms& query, float least) {
    std::uint64_t found = 0;
    for (index g = 0; g < kBlockRows; g += 8) {
        const __m256i whole = _mm256_sub_epi32(_mm256_load_si256(wide(sums + g)), _mm256_set1_epi32(query.offset));
        __m256 sum = _mm256_cvtepi32_ps(whole);
        if (low_sums != nullptr) {
            const __m256i low =
                _mm256_sub_epi32(_mm256_load_si256(wide(low_sums + g)), _mm256_set1_epi32(query.low_offset));
            sum = _mm256_add_ps(_mm256_mul_ps(sum, _mm256_set1_ps(128.0f)), _mm256_cvtepi32_ps(low));
        }
        const __m256 scale = _mm256_mul_ps(_mm256_load_ps(rows.scales + g), _mm256_set1_ps(query.scale));
        const __m256 bound =
            _mm256_add_ps(_mm256_mul_ps(_mm256_load_ps(rows.residuals + g), _mm256_set1_ps(query.residual)),
                          _mm256_mul_ps(_mm256_load_ps(rows.norms + g), _mm256_set1_ps(query.norm)));
        const __m256 upper = _mm256_add_ps(_mm256_mul_ps(sum, scale), bound);
        const auto reached =
            static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(upper, _mm256_set1_ps(least), _CMP_GE_OQ)));
        found |= static_cast<std::uint64_t>(reached) << g;
    }
    return found;
}

float avx2_score(const double* query, const float* row, index n) {
    __m256d sum[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
    for (index i = 0; i < n; i += 16) {
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
            const __m256d values = _mm256_cvtps_pd(_mm_load_ps(row + i + 4 * j));
            sum[j] = _mm256_fmadd_pd(_mm256_loadu_pd(query + i + 4 * j), values, sum[j]);
        }
    }
    const __m256d four = _mm256_add_pd(_mm256_add_pd(sum[0], sum[2]), _mm256_add_pd(sum[1], sum[3]));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return static_cast<float>(_mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two))));
}

#include "data/csv/target_end.hpp"
}  // namespace

const Kernels avx2_kernels{"avx2", 8, 64, &avx2_dots, &avx2_reaching, &avx2_score};

}  // namespace assay::models::search
#endif
