#include "assay/models/evaluation/reliability.hpp"

#include "models/evaluation/checks.hpp"

#include <algorithm>
#include <limits>

namespace assay::models {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The bin of each case, and the edges of all.
struct Binned {
    std::vector<std::size_t> bin_of{};
    std::vector<ReliabilityBin> bins{};
};

Binned by_width(std::span<const double> probabilities, index bins) {
    Binned binned;
    const auto count = static_cast<double>(bins);
    for (index bin = 0; bin < bins; ++bin) {
        binned.bins.push_back({static_cast<double>(bin) / count, static_cast<double>(bin + 1) / count});
    }
    for (const double p : probabilities) {
        auto bin = std::min(static_cast<std::size_t>(p * count), binned.bins.size() - 1);
        // The product may round across an edge.
        if (p < binned.bins[bin].low)
            --bin;
        else if (bin + 1 < binned.bins.size() && p >= binned.bins[bin].high)
            ++bin;
        binned.bin_of.push_back(bin);
    }
    return binned;
}

Binned by_count(std::span<const double> probabilities, index bins) {
    Binned binned;
    const std::vector<std::size_t> order = detail::order_of(probabilities);
    binned.bin_of.resize(order.size());
    std::size_t begin = 0;
    for (index bin = 0; bin < bins; ++bin) {
        std::size_t end = order.size() * static_cast<std::size_t>(bin + 1) / static_cast<std::size_t>(bins);
        if (end <= begin) continue;
        while (end < order.size() && probabilities[order[end]] == probabilities[order[end - 1]]) ++end;
        for (std::size_t i = begin; i < end; ++i) binned.bin_of[order[i]] = binned.bins.size();
        binned.bins.push_back({probabilities[order[begin]], probabilities[order[end - 1]]});
        begin = end;
    }
    return binned;
}

/// BinSums of each bin in one pass; the error of a sample is from these alone.
struct BinSums {
    double cases = 0, probability = 0, came_true = 0;
};

double expected_error_of(std::span<const BinSums> sums) {
    double error = 0, cases = 0;
    for (const BinSums& s : sums) error += std::abs(s.came_true - s.probability), cases += s.cases;
    return error / cases;
}

}  // namespace

Reliability reliability(std::span<const double> probabilities, std::span<const std::uint8_t> came_true, index bins,
                        Binning binning, const BootstrapOptions& options) {
    const char* where = "reliability";
    detail::expect_same_length(where, probabilities.size(), came_true.size(), "outcomes");
    detail::expect_probabilities(where, probabilities);
    if (bins < 1 || bins > 1000) {
        throw ValueError(std::string(where) + ": expected 1 to 1000 bins, got " + std::to_string(bins));
    }
    Binned binned = binning == Binning::equal_width ? by_width(probabilities, bins) : by_count(probabilities, bins);
    const auto sums_of = [&](const auto& count_of) {
        std::vector<BinSums> sums(binned.bins.size());
        for (std::size_t i = 0; i < probabilities.size(); ++i) {
            BinSums& s = sums[binned.bin_of[i]];
            const double count = count_of(i);
            s.cases += count, s.probability += count * probabilities[i], s.came_true += came_true[i] ? count : 0;
        }
        return sums;
    };
    const std::vector<BinSums> sums = sums_of([](std::size_t) { return 1.0; });
    Reliability found;
    found.cases = std::ssize(probabilities);
    found.expected_error = found.cases > 0 ? expected_error_of(sums) : kNaN;
    found.largest_error = found.cases > 0 ? 0 : kNaN;
    for (std::size_t bin = 0; bin < sums.size(); ++bin) {
        ReliabilityBin& b = binned.bins[bin];
        b.observed = wilson_proportion(static_cast<index>(sums[bin].came_true), static_cast<index>(sums[bin].cases),
                                       options.confidence);
        b.mean_probability = sums[bin].cases > 0 ? sums[bin].probability / sums[bin].cases : kNaN;
        if (sums[bin].cases > 0) {
            found.largest_error = std::max(found.largest_error, std::abs(b.observed.value - b.mean_probability));
        }
    }
    found.expected_error_interval = bootstrap_interval(
        found.cases,
        [&](std::span<const std::int32_t> counts) {
            return expected_error_of(sums_of([&](std::size_t i) { return static_cast<double>(counts[i]); }));
        },
        options);
    found.bins = std::move(binned.bins);
    return found;
}

}  // namespace assay::models
