#include "assay/features/drift/two_sample.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "assay/base/error.hpp"
#include "features/drift/compare_samples.hpp"
#include "features/drift/kolmogorov.hpp"

namespace assay::features {
namespace {

constexpr index kLargestExact = 10'000;
constexpr double kMostExactCells = 4e9;

void need_values(const char* function, const NumericSample& reference, const NumericSample& current) {
    if (!reference.empty() && !current.empty()) return;
    throw ValueError(std::string(function) + ": expected values in both samples, got none in the " +
                     (reference.empty() ? "reference" : "current one"));
}

}  // namespace

namespace detail {

SampleDistance compare_samples(const NumericSample& given, const NumericSample& other) {
    const int bits = std::max(given.bits_cut(), other.bits_cut());  // a cut value is compared with cut values
    const NumericSample first = given.cut(bits);
    const NumericSample second = other.cut(bits);
    const auto x = first.values();
    const auto y = second.values();
    const auto up_to_x = first.up_to();
    const auto up_to_y = second.up_to();
    const index m = first.count();
    const index n = second.count();
    const double scale = 1 / (static_cast<double>(m) * static_cast<double>(n));
    SampleDistance found;
    index a = 0;
    index b = 0;
    index distance = 0;
    double last = std::min(x[0], y[0]);
    const auto step = [&](double value) {
        found.area += std::fabs(static_cast<double>(distance)) * (value - last);
        last = value;
        distance = a * n - b * m;
        if (std::abs(distance) <= found.farthest) return;
        found.farthest = std::abs(distance);
        found.location = value;
        found.first_above = distance > 0;
    };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < x.size() && j < y.size()) {  // without branches: which sample is next cannot be foretold
        const double value = std::min(x[i], y[j]);
        const bool in_x = x[i] == value;
        const bool in_y = y[j] == value;
        a = in_x ? up_to_x[i] : a;
        b = in_y ? up_to_y[j] : b;
        i += in_x ? 1 : 0;
        j += in_y ? 1 : 0;
        step(value);
    }
    for (; i < x.size(); ++i) {
        a = up_to_x[i];
        step(x[i]);
    }
    for (; j < y.size(); ++j) {
        b = up_to_y[j];
        step(y[j]);
    }
    found.area *= scale;
    return found;
}

KsTest ks_test_of(index m, index n, const SampleDistance& distance, KsMethod method) {
    KsTest test;
    test.location = distance.location;
    test.first_above = distance.first_above;
    test.statistic = static_cast<double>(distance.farthest) / static_cast<double>(m) / static_cast<double>(n);
    test.exact = method == KsMethod::exact || (method == KsMethod::automatic && std::max(m, n) <= kLargestExact);
    if (test.exact) {
        if (static_cast<double>(m) * static_cast<double>(n) > kMostExactCells) {
            throw ValueError(
                "ks_test: expected at most 4e9 pairs of values for an exact p, got more; ask for asymptotic");
        }
        test.p = std::min(1.0, two_sample_survival(m, n, distance.farthest / std::gcd(m, n)));
    } else {
        const double sizes = static_cast<double>(m) * static_cast<double>(n) / static_cast<double>(m + n);
        test.p = kolmogorov_survival(static_cast<index>(std::nearbyint(sizes)), test.statistic);
    }
    return test;
}

}  // namespace detail

KsTest ks_test(const NumericSample& reference, const NumericSample& current, KsMethod method) {
    need_values("ks_test", reference, current);
    return detail::ks_test_of(reference.count(), current.count(), detail::compare_samples(reference, current), method);
}

double wasserstein_distance(const NumericSample& reference, const NumericSample& current) {
    need_values("wasserstein_distance", reference, current);
    return detail::compare_samples(reference, current).area;
}

}  // namespace assay::features
