#include "assay/features/detail/image_kernels.hpp"

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors stay inside this file
#endif

namespace assay::features::detail {
namespace {

struct Isa {
    static constexpr index kWordsOfFour = 4;
    using Sum = std::uint32_t __attribute__((vector_size(64)));

    static void pack(const std::int32_t* four, std::uint32_t* packed) {
        for (int k = 0; k < 4; ++k) packed[k] = static_cast<std::uint32_t>(four[k]);
    }
    static void load_words(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c, const std::uint8_t* d,
                           index channels, index words, std::uint32_t* to, index stride) {
        const std::uint8_t* const rows[4] = {a, b, c, d};
        for (index word = 0; word < words; ++word) {
            const index first = channels == 1 ? 4 * word : word;
            for (index row = 0; row < 4; ++row) {
                std::uint8_t bytes[4];
                for (index k = 0; k < 4; ++k) bytes[k] = rows[row][first + k * channels];
                __builtin_memcpy(to + word * stride + row, bytes, 4);
            }
        }
    }
    static Sum zero() { return Sum{}; }
    static void add(Sum& sum, const std::uint32_t* words, const std::uint32_t* packed) {
        for (int k = 0; k < 4; ++k) {
            Sum samples;
            for (int lane = 0; lane < 16; ++lane) {
                samples[lane] = reinterpret_cast<const std::uint8_t*>(words)[4 * lane + k];
            }
            sum += samples * packed[k];
        }
    }
    static void store(const Sum& sum, std::uint8_t* out) {
        for (int lane = 0; lane < 16; ++lane) {
            const auto total = static_cast<std::int32_t>(sum[lane] + (1U << 21)) >> 22;
            out[lane] = static_cast<std::uint8_t>(total < 0 ? 0 : total > 255 ? 255 : total);
        }
    }
};

#include "features/image/kernel.inc"

}  // namespace

const ImageKernels portable_image_kernels{"scalar",    Isa::kWordsOfFour, &Isa::pack,       &load_tile,
                                          &horizontal, &vertical,         &deep_horizontal, &deep_vertical};

}  // namespace assay::features::detail
