#if defined(__x86_64__)
#include <cpuid.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cstdint>
#include <cstring>

#include "models/search/kernels.hpp"

#define ASSAY_TARGET "amx-tile,amx-int8,avx512f"
#include "data/csv/target_begin.hpp"
#include "models/search/tile_loops.hpp"

namespace assay::models::search {
namespace {

/// The instructions, in assembly: GCC 12's intrinsics do not say that LDTILECFG reads 64 bytes and TILELOADD memory.
struct AmxTiles {
    void shape(const TileShapes& shapes) { __asm__ volatile("ldtilecfg %0" : : "m"(shapes)); }
    void release() { __asm__ volatile("tilerelease"); }
    template <int kTile>
    void zero() {
        __asm__ volatile("tilezero %%tmm%c0" : : "n"(kTile));
    }
    template <int kTile>
    void load(const void* from, index stride) {
        __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(stride), "n"(kTile) : "memory");
    }
    /// Signed codes of queries by unsigned ones of rows.
    template <int kSums, int kQueries, int kRows>
    void add_products() {
        __asm__ volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "n"(kSums), "n"(kQueries), "n"(kRows));
    }
    template <int kTile>
    void store(std::int32_t* to, index stride) {
        __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(stride), "n"(kTile) : "memory");
    }
};

/// Below this many rows of codes a tile is mostly empty.
constexpr index kLeastForTiles = 6;

void amx_dots(const std::uint8_t* block, index quads, const QueryCodes& queries, const std::uint8_t* ahead,
              std::int32_t* sums) {
    if (queries.count < kLeastForTiles) return avx512_kernels.dots(block, quads, queries, ahead, sums);
    AmxTiles tiles;
    tile_dots(tiles, block, quads, queries, ahead, sums);
}

}  // namespace
}  // namespace assay::models::search
#include "data/csv/target_end.hpp"

namespace assay::models::search {
namespace {

bool has_amx_int8() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> 24 & 1) != 0 && (d >> 25 & 1) != 0;
}

/// Linux gives a process the tiles only when it asks. Source: Documentation/arch/x86/xstate.rst.
bool may_use_tiles() {
#if defined(__linux__)
    constexpr long kRequestPermission = 0x1023, kTileData = 18;
    return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
    return false;
#endif
}

/// Whether tiles give the sums that plain code gives: no answer is to depend on trust in an instruction.
bool agrees_with_scalar() {
    constexpr index kQuads = 32, kQueries = 21, kCodes = kQuads * 4;
    alignas(64) static std::uint8_t block[kBlockRows * kCodes];
    alignas(64) static std::int8_t queries[kQueries * kCodes];
    alignas(64) static std::int32_t sums[2][kQueries * kBlockRows];
    std::uint32_t state = 1;
    const auto next = [&state] { return (state = state * 1664525u + 1013904223u) >> 24; };
    for (std::uint8_t& code : block) code = static_cast<std::uint8_t>(next());
    for (std::int8_t& code : queries) code = static_cast<std::int8_t>(static_cast<int>(next() % 255) - 127);
    amx_dots(block, kQuads, {queries, kCodes, kQueries}, nullptr, sums[0]);
    scalar_kernels.dots(block, kQuads, {queries, kCodes, kQueries}, nullptr, sums[1]);
    return std::memcmp(sums[0], sums[1], sizeof sums[0]) == 0;
}

}  // namespace

const Kernels* amx_kernels_here() {
    static const Kernels kAmx{"amx", 32, 127, &amx_dots, avx512_kernels.reaching, avx512_kernels.score};
    static const bool kUsable = has_amx_int8() && may_use_tiles() && agrees_with_scalar();
    return kUsable ? &kAmx : nullptr;
}

}  // namespace assay::models::search
#endif
