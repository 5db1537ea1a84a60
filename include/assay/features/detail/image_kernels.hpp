#pragma once

#include <cstdint>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

// Inner loops of the resize. Four neighbouring samples of a line make a word; sixteen words of sixteen lines stand side
// by side, so that one instruction serves sixteen results and nothing is summed across lanes.
namespace assay::features::detail {

constexpr index kTileRows = 16;
constexpr index kDeepTileRows = 8;

/// For one result: which words of the source it takes, and where its coefficients begin.
struct WordTaps {
    index first = 0;  ///< word
    index count = 0;  ///< of words
    index coefficients = 0;
};

/// The same for 16-bit samples, by sample.
struct SampleTaps {
    index first = 0;
    index count = 0;
    index coefficients = 0;
};

/// How a tile's words are cut from rows of interleaved bytes.
struct TileLayout {
    index channels = 1;
    index groups = 0;  ///< words of a row and channel
    index width = 0;   ///< pixels of a row
};

/// One instruction set's kernels. All give the same bits.
struct ImageKernels {
    const char* name;
    index words_of_four;  ///< 32-bit words that hold four packed coefficients

    /// Packs four fixed-point coefficients, each below 127 · 2^16 in magnitude.
    void (*pack)(const std::int32_t* four, std::uint32_t* packed);
    /// Sixteen rows to words: tile[channel][group][row]; samples past a row's end are 0.
    void (*load_tile)(const std::uint8_t* const* rows, const TileLayout& layout, std::uint32_t* tile);
    /// Results of sixteen rows: out[row / 4][result] holds the bytes of four rows. `stride`: words of out's row.
    void (*horizontal)(const std::uint32_t* tile, const WordTaps* taps, const std::uint32_t* packed, index results,
                       std::uint32_t* out, index stride);
    /// One row of results from words[row / 4][column]; `stride` is a multiple of 16, as is out's room.
    void (*vertical)(const std::uint32_t* words, index stride, const WordTaps& taps, const std::uint32_t* packed,
                     std::uint8_t* out);

    /// Eight rows of 16-bit samples: tile is room for 8 · width doubles; out[row][result].
    void (*deep_horizontal)(const std::uint16_t* const* rows, index width, const SampleTaps* taps,
                            const double* coefficients, index results, double* tile, std::uint16_t* out, index stride);
    /// One row of results; `stride` is a multiple of 8, as is out's room.
    void (*deep_vertical)(const std::uint16_t* samples, index stride, const SampleTaps& taps,
                          const double* coefficients, std::uint16_t* out);
};

extern const ImageKernels portable_image_kernels;
#if defined(__x86_64__)
extern const ImageKernels avx2_image_kernels;
extern const ImageKernels avx512_image_kernels;  ///< with VNNI
#endif

/// Those of this processor, the fastest first.
ASSAY_EXPORT const std::vector<const ImageKernels*>& available_image_kernels();

/// The kernels in use: the best that the processor and ASSAY_SIMD allow, unless set.
ASSAY_EXPORT const ImageKernels& image_kernels();

/// For tests: all later calls use these; nullptr goes back.
ASSAY_EXPORT void use_image_kernels(const ImageKernels* kernels) noexcept;

}  // namespace assay::features::detail
