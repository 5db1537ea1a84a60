// From rows to leaves: the loops that a prediction spends its time in.
#pragma once

#include "models/forest/forest_content.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace assay::models::forest {

/// The node that a value leads to; a leaf leads to itself. `row` is at 8 × feature.
template <class N>
inline std::uint32_t step(const N* nodes, std::uint32_t i, const std::uint32_t* row) noexcept {
    return i + static_cast<std::uint32_t>(nodes[i].offset) +
           static_cast<std::uint32_t>(nodes[i].key < row[nodes[i].lane]);
}

/// The same where values may be missing.
template <class N>
inline std::uint32_t step_missing(const CompactForest::Content& content, const N* nodes, std::uint32_t i,
                                  const std::uint32_t* row) noexcept {
    const std::uint32_t value = row[nodes[i].lane];
    const bool right = value == kMissingKey ? nodes[i].offset != 0 && !content.goes_left(i) : nodes[i].key < value;
    return i + static_cast<std::uint32_t>(nodes[i].offset) + static_cast<std::uint32_t>(right);
}

/// Walks all lanes to their leaves, at most `depth` steps away. `row_of(k)` is the row of lane k.
template <class N, class RowOf, std::size_t... k>
inline void walk_lanes(const N* nodes, index depth, std::array<std::uint32_t, sizeof...(k)>& at, RowOf row_of,
                       std::index_sequence<k...>) noexcept {
    std::array<std::uint32_t, sizeof...(k)> i = at;
    for (;; depth -= 4) {
        ((i[k] = step(nodes, i[k], row_of(k))), ...);
        ((i[k] = step(nodes, i[k], row_of(k))), ...);
        ((i[k] = step(nodes, i[k], row_of(k))), ...);
        std::uint32_t moved = 0;
        ((at[k] = step(nodes, i[k], row_of(k)), moved |= at[k] ^ i[k], i[k] = at[k]), ...);
        if (moved == 0 || depth <= 4) return;
    }
}

template <class N>
inline std::uint32_t walk_missing(const CompactForest::Content& content, const N* nodes, std::uint32_t i,
                                  const std::uint32_t* row) noexcept {
    for (;;) {
        const std::uint32_t next = step_missing(content, nodes, i, row);
        if (next == i) return i;
        i = next;
    }
}

/// Leaves of one row in all trees. `row` is at 8 × feature.
template <class N>
void leaves_of_row(const CompactForest::Content& content, const N* nodes, const std::uint32_t* row, bool missing,
                   std::uint32_t* leaves) {
    constexpr std::size_t kTogether = 10;
    const std::size_t trees = content.roots.size();
    if (missing) {
        for (std::size_t t = 0; t < trees; ++t) leaves[t] = walk_missing(content, nodes, content.roots[t], row);
        return;
    }
    std::array<std::uint32_t, kTogether> at{};
    for (std::size_t t = 0; t < trees; t += kTogether) {
        for (std::size_t k = 0; k < kTogether; ++k) at[k] = content.roots[t + k < trees ? t + k : trees - 1];
        walk_lanes(
            nodes, content.depth, at, [row](std::size_t) { return row; }, std::make_index_sequence<kTogether>{});
        for (std::size_t k = 0; k < kTogether && t + k < trees; ++k) leaves[t + k] = at[k];
    }
}

/// Leaves of eight rows in one tree. `rows` holds feature f of row r at 8 f + r.
template <class N>
void leaves_of_eight(const CompactForest::Content& content, const N* nodes, std::uint32_t root,
                     const std::uint32_t* rows, bool missing, std::array<std::uint32_t, kLanes>& at) {
    at.fill(root);
    if (missing) {
        for (std::size_t k = 0; k < kLanes; ++k) at[k] = walk_missing(content, nodes, root, rows + k);
        return;
    }
    walk_lanes(
        nodes, content.depth, at, [rows](std::size_t k) { return rows + k; }, std::make_index_sequence<kLanes>{});
}

}  // namespace assay::models::forest
