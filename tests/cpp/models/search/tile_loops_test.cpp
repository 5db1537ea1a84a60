#include "models/search/tile_loops.hpp"

#include "catch.hpp"

#include <array>
#include <cstring>
#include <random>
#include <vector>

// The loops of the AMX path over tiles in plain code, so that packing and loops are tested on every machine.
namespace assay::models::search {
namespace {

/// Tiles as the manual has them: a use that would be a fault fails the test.
/// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, LDTILECFG, TDPBSUD, TILELOADD.
class PlainTiles {
  public:
    int shaped = 0;
    int released = 0;

    void shape(const TileShapes& shapes) {
        std::array<std::uint8_t, 64> bytes{};
        std::memcpy(bytes.data(), &shapes, bytes.size());
        REQUIRE(bytes[0] == 1);
        for (std::size_t i = 1; i < 16; ++i) REQUIRE(bytes[i] == 0);
        for (std::size_t i = 32; i < 48; ++i) REQUIRE(bytes[i] == 0);
        for (std::size_t tile = 0; tile < tiles_.size(); ++tile) {
            Tile& each = tiles_[tile];
            each = {};
            each.row_bytes = bytes[16 + 2 * tile] + 256 * bytes[17 + 2 * tile];
            each.rows = bytes[48 + tile];
            REQUIRE(each.row_bytes <= 64);
            REQUIRE(each.rows <= 16);
            REQUIRE((each.rows == 0) == (each.row_bytes == 0));
        }
        for (std::size_t i = 56; i < 64; ++i) REQUIRE(bytes[i] == 0);
        ++shaped;
    }
    void release() {
        tiles_ = {};
        ++released;
    }
    template <int kTile>
    void zero() {
        used(kTile).bytes = {};
    }
    template <int kTile>
    void load(const void* from, index stride) {
        Tile& tile = used(kTile);
        tile.bytes = {};
        for (int row = 0; row < tile.rows; ++row) {
            std::memcpy(tile.at(row), static_cast<const char*>(from) + row * stride,
                        static_cast<std::size_t>(tile.row_bytes));
        }
    }
    template <int kSums, int kSigned, int kUnsigned>
    void add_products() {
        Tile& sums = used(kSums);
        Tile &a = used(kSigned), &b = used(kUnsigned);
        static_assert(kSums != kSigned && kSums != kUnsigned && kSigned != kUnsigned);
        REQUIRE(a.rows == sums.rows);
        REQUIRE(a.row_bytes == 4 * b.rows);
        REQUIRE(b.row_bytes == sums.row_bytes);
        for (int m = 0; m < sums.rows; ++m) {
            for (int k = 0; k < a.row_bytes / 4; ++k) {
                for (int n = 0; n < sums.row_bytes / 4; ++n) {
                    std::int32_t sum = 0;
                    std::memcpy(&sum, sums.at(m) + 4 * n, 4);
                    for (int i = 0; i < 4; ++i) {
                        sum += static_cast<std::int8_t>(a.at(m)[4 * k + i]) * b.at(k)[4 * n + i];
                    }
                    std::memcpy(sums.at(m) + 4 * n, &sum, 4);
                }
            }
        }
    }
    template <int kTile>
    void store(std::int32_t* to, index stride) {
        Tile& tile = used(kTile);
        for (int row = 0; row < tile.rows; ++row) {
            std::memcpy(reinterpret_cast<char*>(to) + row * stride, tile.at(row),
                        static_cast<std::size_t>(tile.row_bytes));
        }
    }

  private:
    struct Tile {
        int rows = 0;
        int row_bytes = 0;
        std::array<std::uint8_t, 1024> bytes{};
        std::uint8_t* at(int row) { return bytes.data() + static_cast<std::ptrdiff_t>(64) * row; }
    };
    Tile& used(int tile) {
        Tile& each = tiles_.at(static_cast<std::size_t>(tile));
        REQUIRE(each.rows > 0);
        return each;
    }
    std::array<Tile, 8> tiles_{};
};

/// A block of codes and codes of queries; extreme ones when asked for.
struct Codes {
    Codes(index dimensions, index queries, bool extreme)
        : dim(dimensions),
          count(queries),
          block(static_cast<std::size_t>(kBlockRows * dim)),
          query(static_cast<std::size_t>(count * dim)) {
        std::mt19937 random(static_cast<unsigned>(dim + 131 * count));
        for (std::uint8_t& code : block) code = extreme ? 255 : static_cast<std::uint8_t>(random());
        for (std::size_t i = 0; i < query.size(); ++i) {
            const int most = i < static_cast<std::size_t>(dim) ? 127 : -127;
            query[i] = static_cast<std::int8_t>(extreme ? most : static_cast<int>(random() % 255) - 127);
        }
    }
    /// The layout as kernels.hpp describes it.
    int row_code(index row, index d) const {
        const index at = row / kGroupRows * kGroupRows * dim + d / 4 * 4 * kGroupRows + row % kGroupRows * 4 + d % 4;
        return block[static_cast<std::size_t>(at)];
    }
    std::int32_t sum(index q, index row) const {
        std::int32_t sum = 0;
        for (index d = 0; d < dim; ++d) sum += row_code(row, d) * query[static_cast<std::size_t>(q * dim + d)];
        return sum;
    }
    QueryCodes view() const { return {query.data(), dim, count}; }

    index dim;
    index count;
    std::vector<std::uint8_t> block;
    std::vector<std::int8_t> query;
};

void check(const Codes& codes) {
    constexpr std::int32_t kUntouched = 0x55555555;
    std::vector<std::int32_t> sums(static_cast<std::size_t>((codes.count + 1) * kBlockRows), kUntouched);
    PlainTiles tiles;
    tile_dots(tiles, codes.block.data(), codes.dim / 4, codes.view(), nullptr, sums.data());
    index wrong = 0;
    for (index q = 0; q < codes.count; ++q) {
        for (index row = 0; row < kBlockRows; ++row) {
            wrong += sums[static_cast<std::size_t>(q * kBlockRows + row)] != codes.sum(q, row);
        }
    }
    CHECK(wrong == 0);
    for (index i = codes.count * kBlockRows; i < (codes.count + 1) * kBlockRows; ++i) {
        REQUIRE(sums[static_cast<std::size_t>(i)] == kUntouched);
    }
    CHECK(tiles.released == 1);
    CHECK(tiles.shaped == (codes.count > 16 && codes.count % 16 != 0 ? 2 : 1));  // once for each number of queries
}

TEST_CASE("the tile loops give the sums over codes for any number of queries") {
    for (const index dim : {64, 128, 512}) {
        for (index count = 1; count <= kMostTileQueries; ++count) {
            CAPTURE(dim, count);
            check(Codes(dim, count, false));
        }
    }
}

TEST_CASE("the tile loops hold the largest sums") {
    for (const index dim : {64, 65536}) {
        CAPTURE(dim);
        check(Codes(dim, 2, true));
    }
}

TEST_CASE("the tile loops ask for lines of the block that comes next alone, and read none of it") {
    const Codes codes(64, 17, false);
    std::vector<std::int32_t> with(static_cast<std::size_t>(17 * kBlockRows)), without = with;
    PlainTiles tiles;
    tile_dots(tiles, codes.block.data(), 16, codes.view(), codes.block.data() + codes.block.size(), with.data());
    tile_dots(tiles, codes.block.data(), 16, codes.view(), nullptr, without.data());
    CHECK(with == without);
}

}  // namespace
}  // namespace assay::models::search
