#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined lanes of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "models/forest/kernels.hpp"

#define ASSAY_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx2,popcnt"
namespace assay::models::forest {
namespace {
#include "data/csv/target_begin.hpp"

std::uint32_t count_of(std::uint32_t mask) { return static_cast<std::uint32_t>(_mm_popcnt_u32(mask)); }

std::uint32_t first_bits(std::uint32_t count) { return count < 32 ? (1u << count) - 1 : ~0u; }

/// First all marks, then the lists: stores among the gathers would hold these up (see part_rows.hpp).
std::uint32_t split_avx512(std::uint16_t* list, std::uint32_t count, const SplitQuestion& question,
                           std::uint16_t* fewer, std::uint8_t* marks) {
    const std::uint32_t least = question.threshold + 1;
    const __m512i first = _mm512_set1_epi32(static_cast<int>(least));
    const __m512i width = _mm512_set1_epi32(static_cast<int>(question.limit - least));
    const auto ask = [&](__m256i rows) -> std::uint32_t {
        const __m512i keys = _mm512_i32gather_epi32(_mm512_cvtepu16_epi32(rows), question.column, 4);
        return _mm512_cmplt_epu32_mask(_mm512_sub_epi32(keys, first), width);
    };
    std::uint32_t right = 0;
    for (std::uint32_t i = 0; i < count; i += 32) {
        const __m512i rows = _mm512_loadu_si512(list + i);
        std::uint32_t mark = ask(_mm512_castsi512_si256(rows)) | ask(_mm512_extracti64x4_epi64(rows, 1)) << 16;
        mark &= first_bits(count - i);
        right += count_of(mark);
        std::memcpy(marks + i / 8, &mark, 4);
    }
    const std::uint32_t turn = right > count - right ? ~0u : 0;
    std::uint32_t stay = 0, go = 0;
    for (std::uint32_t i = 0; i < count; i += 32) {
        std::uint32_t going = 0;
        std::memcpy(&going, marks + i / 8, 4);
        going = (going ^ turn) & first_bits(count - i);
        const __m512i rows = _mm512_loadu_si512(list + i);
        _mm512_storeu_si512(list + stay, _mm512_maskz_compress_epi16(~going, rows));
        _mm512_storeu_si512(fewer + go, _mm512_maskz_compress_epi16(going, rows));
        const std::uint32_t gone = count_of(going);
        stay += 32 - gone;
        go += gone;
    }
    return right;
}

/// Sixteen nodes: their words apart.
struct NodeWords {
    __m512i key, lane, offset;
};

struct WordPairs {
    __m512i low, high;
};

/// Sixteen pairs of words, the low and the high ones apart: half as many loads as two gathers of words.
WordPairs gather_pairs(const void* base, __m512i index) {
    const __m512i evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odds = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    const __m512i a = _mm512_i32gather_epi64(_mm512_castsi512_si256(index), base, 8);
    const __m512i b = _mm512_i32gather_epi64(_mm512_extracti64x4_epi64(index, 1), base, 8);
    return {_mm512_permutex2var_epi32(a, evens, b), _mm512_permutex2var_epi32(a, odds, b)};
}

NodeWords gather_nodes(const Node* nodes, __m512i at) {
    const WordPairs words = gather_pairs(nodes, at);
    return {words.low, _mm512_and_si512(words.high, _mm512_set1_epi32(0xFFFF)), _mm512_srli_epi32(words.high, 16)};
}

NodeWords gather_nodes(const WideNode* nodes, __m512i at) {
    const __m512i first = _mm512_slli_epi32(at, 1);
    const WordPairs words = gather_pairs(nodes, first);
    const __m512i offset = _mm512_i32gather_epi32(first, &nodes->offset, 8);
    return {words.low, words.high, offset};
}

/// Of the lanes whose value is missing those where it goes left.
__mmask16 missing_to_left(const KeyColumns& columns, __mmask16 missing, __m512i at) {
    const __m512i words =
        _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), missing, _mm512_srli_epi32(at, 5), columns.missing_left, 4);
    const __m512i bits = _mm512_srlv_epi32(words, _mm512_and_si512(at, _mm512_set1_epi32(31)));
    return _mm512_mask_test_epi32_mask(missing, bits, _mm512_set1_epi32(1));
}

template <class N>
void walk_avx512(const N* nodes, const KeyColumns& columns, Walkers walkers, Arrived arrived) {
    const __m512i lane_stride = _mm512_set1_epi32(static_cast<int>(columns.stride / kLanes));
    const __m512i missing_key = _mm512_set1_epi32(static_cast<int>(kMissingKey)), one = _mm512_set1_epi32(1);
    std::uint32_t count = walkers.count;
    while (count > 0) {
        // Lanes behind the end walk with the first row.
        _mm512_storeu_si512(walkers.rows + count, _mm512_set1_epi32(static_cast<int>(walkers.rows[0])));
        _mm512_storeu_si512(walkers.nodes + count, _mm512_set1_epi32(static_cast<int>(walkers.nodes[0])));
        std::uint32_t going = 0;
        for (std::uint32_t i = 0; i < count; i += 16) {
            const __m512i row = _mm512_loadu_si512(walkers.rows + i), at = _mm512_loadu_si512(walkers.nodes + i);
            const NodeWords node = gather_nodes(nodes, at);
            const __m512i place = _mm512_add_epi32(_mm512_mullo_epi32(node.lane, lane_stride), row);
            const __m512i value = _mm512_i32gather_epi32(place, columns.keys, 4);
            __mmask16 right = _mm512_cmplt_epu32_mask(node.key, value);
            if (columns.missing_left != nullptr) {
                const __mmask16 missing = _mm512_cmpeq_epi32_mask(value, missing_key);
                if (missing != 0) right = _kandn_mask16(missing_to_left(columns, missing, at), right);
            }
            const __m512i left = _mm512_add_epi32(at, node.offset);
            const __m512i next = _mm512_mask_add_epi32(left, right, left, one);
            const auto valid = static_cast<__mmask16>(first_bits(count - i));
            const __mmask16 inner = _mm512_mask_test_epi32_mask(valid, node.offset, node.offset);
            const __mmask16 ended = _kandn_mask16(inner, valid);
            _mm512_storeu_si512(walkers.rows + going, _mm512_maskz_compress_epi32(inner, row));
            _mm512_storeu_si512(walkers.nodes + going, _mm512_maskz_compress_epi32(inner, next));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(arrived.rows),
                                _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(ended, row)));
            _mm512_storeu_si512(arrived.leaves, _mm512_maskz_compress_epi32(ended, at));
            going += count_of(inner);
            arrived.rows += count_of(ended);
            arrived.leaves += count_of(ended);
        }
        count = going;
    }
}

#include "data/csv/target_end.hpp"
}  // namespace

const PartKernels avx512_part_kernels{"avx512", 128, 128, &split_avx512, &walk_avx512<Node>, &walk_avx512<WideNode>};

}  // namespace assay::models::forest
#endif
