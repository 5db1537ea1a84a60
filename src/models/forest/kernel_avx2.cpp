#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "models/forest/kernels.hpp"

#define ASSAY_TARGET "avx2,popcnt"
namespace assay::models::forest {
namespace {

/// For each mask of eight the bytes of its 16-bit elements, moved to the front; zeros follow.
constexpr std::array<std::array<std::uint8_t, 16>, 256> kToFront = [] {
    std::array<std::array<std::uint8_t, 16>, 256> table{};
    for (std::size_t mask = 0; mask < 256; ++mask) {
        table[mask].fill(0x80);
        std::size_t next = 0;
        for (std::size_t k = 0; k < 8; ++k) {
            if ((mask >> k & 1) == 0) continue;
            table[mask][next++] = static_cast<std::uint8_t>(2 * k);
            table[mask][next++] = static_cast<std::uint8_t>(2 * k + 1);
        }
    }
    return table;
}();

#include "data/csv/target_begin.hpp"

__m128i to_front(__m128i eight, std::uint32_t mask) {
    return _mm_shuffle_epi8(eight, _mm_loadu_si128(reinterpret_cast<const __m128i*>(kToFront[mask].data())));
}

std::uint32_t split_avx2(std::uint16_t* list, std::uint32_t count, const SplitQuestion& question, std::uint16_t* fewer,
                         std::uint8_t* marks) {
    // There is no comparison of unsigned numbers: both sides are moved by 2^31.
    const std::uint32_t least = question.threshold + 1;
    const __m256i first = _mm256_set1_epi32(static_cast<int>(least + 0x80000000u));
    const __m256i width = _mm256_set1_epi32(static_cast<int>((question.limit - least) ^ 0x80000000u));
    const auto* column = reinterpret_cast<const int*>(question.column);
    const auto valid = [count](std::uint32_t i) { return count - i < 8 ? (1u << (count - i)) - 1 : 0xFFu; };
    std::uint32_t right = 0;
    for (std::uint32_t i = 0; i < count; i += 8) {
        const __m128i rows = _mm_loadu_si128(reinterpret_cast<const __m128i*>(list + i));
        const __m256i keys = _mm256_i32gather_epi32(column, _mm256_cvtepu16_epi32(rows), 4);
        const __m256i asked = _mm256_cmpgt_epi32(width, _mm256_sub_epi32(keys, first));
        const auto mark = static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(asked))) & valid(i);
        marks[i / 8] = static_cast<std::uint8_t>(mark);
        right += static_cast<std::uint32_t>(_mm_popcnt_u32(mark));
    }
    const std::uint32_t turn = right > count - right ? 0xFF : 0;
    std::uint32_t stay = 0, go = 0;
    for (std::uint32_t i = 0; i < count; i += 8) {
        const std::uint32_t going = (marks[i / 8] ^ turn) & valid(i);
        const __m128i rows = _mm_loadu_si128(reinterpret_cast<const __m128i*>(list + i));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(list + stay), to_front(rows, ~going & 0xFF));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(fewer + go), to_front(rows, going));
        const auto gone = static_cast<std::uint32_t>(_mm_popcnt_u32(going));
        stay += 8 - gone;
        go += gone;
    }
    return right;
}

/// The node that a row goes to; a leaf leads to itself.
template <bool missing, class N>
std::uint32_t step_in_columns(const N* nodes, const KeyColumns& columns, std::uint32_t at, std::uint32_t row) {
    const N node = nodes[at];
    const std::size_t lane_stride = columns.stride / kLanes;
    const std::uint32_t value = columns.keys[static_cast<std::size_t>(node.lane) * lane_stride + row];
    bool right = node.key < value;
    if constexpr (missing) {
        if (value == kMissingKey) right = right && (columns.missing_left[at / 64] >> (at % 64) & 1) == 0;
    }
    return at + static_cast<std::uint32_t>(node.offset) + static_cast<std::uint32_t>(right);
}

/// Without vectors, of which three gathers to a step make no use; rows in step wait for memory together.
template <bool missing, class N, std::size_t... k>
void walk_in_step(const N* nodes, const KeyColumns& columns, const Walkers& walkers, const Arrived& arrived,
                  std::index_sequence<k...>) {
    constexpr std::uint32_t kTogether = sizeof...(k);
    // Places behind the end walk with the first row.
    std::fill_n(walkers.rows + walkers.count, kTogether, walkers.rows[0]);
    std::fill_n(walkers.nodes + walkers.count, kTogether, walkers.nodes[0]);
    for (std::uint32_t i = 0; i < walkers.count; i += kTogether) {
        const std::array<std::uint32_t, kTogether> row{walkers.rows[i + k]...};
        std::array<std::uint32_t, kTogether> at{walkers.nodes[i + k]...}, next{};
        for (std::uint32_t moved = 1; moved != 0;) {
            ((at[k] = step_in_columns<missing>(nodes, columns, at[k], row[k])), ...);
            moved = 0;
            ((next[k] = step_in_columns<missing>(nodes, columns, at[k], row[k]), moved |= next[k] ^ at[k]), ...);
            at = next;
        }
        ((arrived.rows[i + k] = static_cast<std::uint16_t>(row[k])), ...);
        ((arrived.leaves[i + k] = at[k]), ...);
    }
}

template <class N>
void walk_avx2(const N* nodes, const KeyColumns& columns, Walkers walkers, Arrived arrived) {
    if (walkers.count == 0) return;
    constexpr std::make_index_sequence<8> kEight{};
    if (columns.missing_left != nullptr) return walk_in_step<true>(nodes, columns, walkers, arrived, kEight);
    walk_in_step<false>(nodes, columns, walkers, arrived, kEight);
}

#include "data/csv/target_end.hpp"
}  // namespace

const PartKernels avx2_part_kernels{"avx2", 1024, 32, &split_avx2, &walk_avx2<Node>, &walk_avx2<WideNode>};

}  // namespace assay::models::forest
#endif
