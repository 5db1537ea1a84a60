#include "assay/models/evaluation/bootstrap.hpp"

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace assay::models {
namespace {

/// Linear between the order statistics of sorted values.
double quantile_of_sorted(std::span<const double> values, double share) {
    const double position = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace

std::optional<Interval> bootstrap_interval(index n, const CountedStatistic& statistic,
                                           const BootstrapOptions& options) {
    if (options.replicates < 1) {
        throw ValueError("bootstrap: expected one replicate at least, got " + std::to_string(options.replicates));
    }
    static_cast<void>(normal_multiplier(options.confidence));  // refuses a confidence outside
    if (n < 1) return std::nullopt;
    std::vector<double> values(static_cast<std::size_t>(options.replicates));
    parallel_for(options.replicates, 16, [&](index begin, index end) {
        std::vector<std::int32_t> counts(static_cast<std::size_t>(n));
        for (index replicate = begin; replicate < end; ++replicate) {
            Rng rng(options.seed, static_cast<std::uint64_t>(replicate));
            std::fill(counts.begin(), counts.end(), 0);
            for (index drawn = 0; drawn < n; ++drawn) ++counts[static_cast<std::size_t>(rng.integer(0, n - 1))];
            values[static_cast<std::size_t>(replicate)] = statistic(counts);
        }
    });
    std::erase_if(values, [](double v) { return std::isnan(v); });
    if (std::ssize(values) * 2 < options.replicates) return std::nullopt;
    std::sort(values.begin(), values.end());
    const double tail = (1 - options.confidence) / 2;
    return Interval{quantile_of_sorted(values, tail), quantile_of_sorted(values, 1 - tail)};
}

}  // namespace assay::models
