#include "features/image/axis_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace assay::features::detail {
namespace {

/// Keys' cubic with a = -0.5, in the order of operations that Pillow has: the last bit counts.
double cubic(double x) {
    constexpr double a = -0.5;
    x = std::fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

/// The identity, where a side keeps its length: Pillow leaves that pass out.
AxisFilter untouched(index from, index count) {
    AxisFilter filter;
    for (index i = 0; i < count; ++i) filter.taps.push_back({from + i, 1, i});
    filter.coefficients.assign(static_cast<std::size_t>(count), 1.0);
    filter.first_sample = from;
    filter.end_sample = from + count;
    return filter;
}

}  // namespace

AxisFilter bicubic_filter(index in, index out, index from, index count) {
    if (in == out) return untouched(from, count);
    AxisFilter filter;
    const double scale = static_cast<double>(in) / static_cast<double>(out);
    const double stretch = std::max(scale, 1.0);
    const double support = 2.0 * stretch;
    const double shrink = 1.0 / stretch;
    filter.first_sample = in;
    for (index result = from; result < from + count; ++result) {
        const double center = (static_cast<double>(result) + 0.5) * scale;
        const index first = std::max<index>(static_cast<index>(center - support + 0.5), 0);
        const index end = std::min(static_cast<index>(center + support + 0.5), in);
        const auto start = static_cast<index>(filter.coefficients.size());
        double total = 0.0;
        for (index k = 0; k < end - first; ++k) {
            const double weight = cubic((static_cast<double>(k + first) - center + 0.5) * shrink);
            filter.coefficients.push_back(weight);
            total += weight;
        }
        if (total != 0.0) {
            for (index k = 0; k < end - first; ++k) filter.coefficients[static_cast<std::size_t>(start + k)] /= total;
        }
        filter.taps.push_back({first, end - first, start});
        filter.first_sample = std::min(filter.first_sample, first);
        filter.end_sample = std::max(filter.end_sample, end);
    }
    return filter;
}

PackedFilter packed(const AxisFilter& filter, index first_word, const ImageKernels& kernels) {
    PackedFilter out;
    for (const SampleTaps& taps : filter.taps) {
        const index first = taps.first / 4;
        const index count = (taps.first + taps.count + 3) / 4 - first;
        auto at = static_cast<index>(out.packed.size());
        out.taps.push_back({first - first_word, count, at});
        out.packed.resize(out.packed.size() + static_cast<std::size_t>(count * kernels.words_of_four));
        for (index word = 0; word < count; ++word, at += kernels.words_of_four) {
            std::array<std::int32_t, 4> four{};
            for (index k = 0; k < 4; ++k) {
                const index tap = (first + word) * 4 + k - taps.first;
                if (tap < 0 || tap >= taps.count) continue;
                const double value = filter.coefficients[static_cast<std::size_t>(taps.coefficients + tap)] * (1 << 22);
                four[static_cast<std::size_t>(k)] = static_cast<std::int32_t>(value < 0 ? value - 0.5 : value + 0.5);
            }
            kernels.pack(four.data(), out.packed.data() + at);
        }
    }
    return out;
}

}  // namespace assay::features::detail
