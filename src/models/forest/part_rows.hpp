// From many rows to leaves: the rows of a block are parted down each tree, instead of walking it one by one.
//
// A list of all rows starts at the root. A node asks the whole list at once: keys are gathered from one column, and the
// list is split in two. Short lists are not split further: their rows walk on, one step of all at a time.
//
// Measured (100 unpruned trees of 30,000 × 23, 410,000 nodes, mean path 15; AVX-512, one thread of a busy machine):
// 1.0 to 1.1 µs of processor time for a row in blocks of 8,192, against 2.3 of run_forest.hpp in the same minutes; with
// AVX2 1.4. By sampling, 38 % are steps of walking, 34 % splits, 11 % additions of leaf values, 10 % keys and lists.
// Both loops wait for gathers: 16 keys of rows that lie far apart are 16 lines of the second-level cache, 6 ns where
// neighbours take 3.5. What made the difference, in a program of these loops alone:
// - Marks of a list first, then its two parts: 3.8 ns for 16 rows; 6.8 with stores among the gathers.
// - Row numbers of 16 bits, half as much to store: 5.4 ns without.
// - Walking on from 128 rows: 0.93 µs for a row, against 1.5 with lists down to the leaves, which are many and small.
// - The lines of the next tree and of a node's children asked for ahead: each 2 to 5 %.
// - A node's 8 bytes in one load: two gathers to a step instead of three, a fifth less time for walking.
// Slower were two steps at once before those that have arrived are taken out (1.26 µs), and blocks of 4,096 rows
// (1.03).
#pragma once

#include "models/forest/forest_content.hpp"

#include <cstdint>
#include <functional>

namespace assay::models::forest {

/// Told of one tree: row `rows[i]` of the block has arrived at the node `leaves[i]`, in no order; each row once.
using TreeArrivals = std::function<void(std::size_t tree, const std::uint16_t* rows, const std::uint32_t* leaves)>;

/// Rows that are best parted together, as a multiple of 16 of at most 65,536; 0 where walking is better: too few rows,
/// or so many features that the keys of a block would not stay in the cache.
index rows_to_part(const CompactForest::Content& content, index count);

/// Sends a block of rows [count × features] through all trees, in their order.
/// Not with no_part_kernels, which rows_to_part() answers with 0.
/// @param count  1 to 65,536
void part_rows(const CompactForest::Content& content, const float* rows, index count, const TreeArrivals& arrived);

}  // namespace assay::models::forest
