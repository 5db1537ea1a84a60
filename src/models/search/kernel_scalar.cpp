#include "models/search/kernels.hpp"

#include <algorithm>
#include <array>

namespace assay::models::search {
namespace {

void scalar_dots(const std::uint8_t* block, index quads, const QueryCodes& queries, const std::uint8_t*,
                 std::int32_t* sums) {
    const index group_bytes = quads * 4 * kGroupRows;
    std::fill_n(sums, queries.count * kBlockRows, 0);
    for (index group = 0; group < kBlockGroups; ++group) {
        for (index q = 0; q < queries.count; ++q) {
            std::int32_t* out = sums + q * kBlockRows + group * kGroupRows;
            const std::uint8_t* codes = block + group * group_bytes;
            const std::int8_t* query = queries.codes + q * queries.stride;
            for (index t = 0; t < quads; ++t, codes += 4 * kGroupRows, query += 4) {
                for (index r = 0; r < kGroupRows; ++r) {
                    out[r] += codes[4 * r] * query[0] + codes[4 * r + 1] * query[1] + codes[4 * r + 2] * query[2] +
                              codes[4 * r + 3] * query[3];
                }
            }
        }
    }
}

std::uint64_t scalar_reaching(const std::int32_t* sums, const std::int32_t* low_sums, const RowTerms& rows,
                              const QueryTerms& query, float least) {
    std::uint64_t found = 0;
    for (index r = 0; r < kBlockRows; ++r) {
        auto sum = static_cast<float>(sums[r] - query.offset);
        if (low_sums != nullptr) sum = sum * 128.0f + static_cast<float>(low_sums[r] - query.low_offset);
        const float bound = rows.residuals[r] * query.residual + rows.norms[r] * query.norm;
        if (sum * (rows.scales[r] * query.scale) + bound >= least) found |= std::uint64_t{1} << r;
    }
    return found;
}

float scalar_score(const double* query, const float* row, index n) {
    std::array<double, 16> lanes{};
    for (index i = 0; i < n; i += 16) {
        for (index j = 0; j < 16; ++j) {
            lanes[static_cast<std::size_t>(j)] += query[i + j] * static_cast<double>(row[i + j]);
        }
    }
    for (std::size_t half = 8; half > 0; half /= 2) {
        for (std::size_t j = 0; j < half; ++j) lanes[j] += lanes[j + half];
    }
    return static_cast<float>(lanes[0]);
}

}  // namespace

const Kernels scalar_kernels{"scalar", 8, 127, &scalar_dots, &scalar_reaching, &scalar_score};

}  // namespace assay::models::search
