// The inner loops of part_rows.hpp in one instruction set each, which give the same rows at the same leaves.
#pragma once

#include "models/forest/forest_content.hpp"

#include <cstdint>
#include <vector>

namespace assay::models::forest {

/// Kernels read and write whole registers: so many elements behind the end of each array of theirs must be there.
constexpr index kPartRoom = 64;

/// What a node asks of the rows in its list: those with threshold < key < limit go right.
struct SplitQuestion {
    const std::uint32_t* column;  ///< keys of the node's feature, by row
    std::uint32_t threshold;      ///< at most the key of +∞
    std::uint32_t limit;          ///< kMissingKey where missing values go left, otherwise above it
};

/// Keys of a block of rows, one column for each feature.
struct KeyColumns {
    const std::uint32_t* keys;          ///< feature f of row r at f × stride + r
    std::uint32_t stride;               ///< a multiple of 16
    const std::uint64_t* missing_left;  ///< a bit for each node, or null where all missing values go right
};

/// Rows on their way, each at a node.
struct Walkers {
    std::uint32_t* rows;
    std::uint32_t* nodes;
    std::uint32_t count;
};

/// Rows that have arrived; both arrays are filled from the front.
struct Arrived {
    std::uint16_t* rows;
    std::uint32_t* leaves;
};

struct PartKernels {
    const char* name;
    index least_rows;           ///< fewer rows are walked as run_forest.hpp does; the same where a forest is too large
    std::uint32_t most_walked;  ///< a list of so many rows or fewer is walked on, not split further
    /// Splits a list of row numbers, keeping their order: the greater part stays at its place (the left one of two
    /// equal parts), the other goes to `fewer`. Room at `marks`: a byte for each row.
    /// @return how many go right
    std::uint32_t (*split)(std::uint16_t* list, std::uint32_t count, const SplitQuestion& question,
                           std::uint16_t* fewer, std::uint8_t* marks);
    /// Walks all to their leaves, a step of each at a time.
    void (*walk)(const Node* nodes, const KeyColumns& columns, Walkers walkers, Arrived arrived);
    void (*walk_wide)(const WideNode* nodes, const KeyColumns& columns, Walkers walkers, Arrived arrived);
};

/// None: all rows are walked. Lists without vectors took 2.5 µs for a row where walking took 2.3.
extern const PartKernels no_part_kernels;
#if defined(__x86_64__)
extern const PartKernels avx2_part_kernels;
extern const PartKernels avx512_part_kernels;
#endif

/// Those that this processor can run, the fastest first.
const std::vector<const PartKernels*>& available_part_kernels();
/// Those in use: the fastest that widest_simd() allows, or what was set.
const PartKernels& part_kernels();
/// For tests and measurements; null is the fastest again.
void use_part_kernels(const PartKernels* kernels) noexcept;

}  // namespace assay::models::forest
