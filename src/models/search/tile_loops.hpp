#pragma once

#include "models/search/kernels.hpp"

#include <cstdint>

namespace assay::models::search {

/// What LDTILECFG reads. Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 18.3.
struct alignas(64) TileShapes {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[16] = {};
    std::uint8_t rows[16] = {};
};
static_assert(sizeof(TileShapes) == 64);

/// Tiles 0 to 3: sums of `queries` by 16 rows; 4: codes of queries; 5 and 6: codes of a group, four dimensions a row.
inline TileShapes tile_shapes(index queries) {
    TileShapes shapes;
    for (int tile = 0; tile < 7; ++tile) {
        shapes.row_bytes[tile] = 64;
        shapes.rows[tile] = static_cast<std::uint8_t>(tile < 5 ? queries : kGroupRows);
    }
    return shapes;
}

/// All four groups of a block against up to 16 queries, which the shapes say. Tiles: AMX's instructions, or what a test
/// takes for them; the numbers of tiles are template arguments, because the instructions hold them.
template <class Tiles>
void sixteen_dots(Tiles& tiles, const std::uint8_t* block, index quads, const std::int8_t* queries, index stride,
                  const std::uint8_t* ahead, std::int32_t* sums) {
    const index group_bytes = quads * 4 * kGroupRows;
    tiles.template zero<0>();
    tiles.template zero<1>();
    tiles.template zero<2>();
    tiles.template zero<3>();
    for (index t = 0; t < quads; t += 16) {
        const std::uint8_t* codes = block + 64 * t;
        tiles.template load<4>(queries + 4 * t, stride);
        tiles.template load<5>(codes, 64);
        tiles.template add_products<0, 4, 5>();
        tiles.template load<6>(codes + group_bytes, 64);
        tiles.template add_products<1, 4, 6>();
        tiles.template load<5>(codes + 2 * group_bytes, 64);
        tiles.template add_products<2, 4, 5>();
        tiles.template load<6>(codes + 3 * group_bytes, 64);
        tiles.template add_products<3, 4, 6>();
        for (index line = 0; ahead != nullptr && line < 64; ++line) {
            __builtin_prefetch(ahead + line / 16 * group_bytes + 64 * (t + line % 16), 0, 2);
        }
    }
    constexpr index kSumsStride = kBlockRows * static_cast<index>(sizeof(std::int32_t));
    tiles.template store<0>(sums, kSumsStride);
    tiles.template store<1>(sums + 16, kSumsStride);
    tiles.template store<2>(sums + 32, kSumsStride);
    tiles.template store<3>(sums + 48, kSumsStride);
}

/// Sums of a block for any number of queries, at most 16 at a time. The shapes are set for each call and released: a
/// caller's thread may use tiles for other things between.
template <class Tiles>
void tile_dots(Tiles& tiles, const std::uint8_t* block, index quads, const QueryCodes& queries,
               const std::uint8_t* ahead, std::int32_t* sums) {
    index shaped = 0;
    for (index q = 0; q < queries.count; q += 16) {
        const index count = queries.count - q < 16 ? queries.count - q : 16;
        if (count != shaped) {
            const TileShapes shapes = tile_shapes(count);
            tiles.shape(shapes);
        }
        shaped = count;
        sixteen_dots(tiles, block, quads, queries.codes + q * queries.stride, queries.stride, q == 0 ? ahead : nullptr,
                     sums + q * kBlockRows);
    }
    tiles.release();
}

}  // namespace assay::models::search
