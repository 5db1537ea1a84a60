#include "assay/features/drift/two_sample.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "assay/base/error.hpp"
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

/// Calls visit(value, a, b) for every distinct value, ascending: how many of each sample are at most that value.
template <class Visit>
void for_each_step(const NumericSample& given, const NumericSample& other, Visit visit) {
    const int bits = std::max(given.bits_cut(), other.bits_cut());  // a cut value is compared with cut values
    const NumericSample first = given.cut(bits);
    const NumericSample second = other.cut(bits);
    const auto x = first.values();
    const auto y = second.values();
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < x.size() || j < y.size()) {
        const double value = j == y.size() || (i < x.size() && x[i] < y[j]) ? x[i] : y[j];
        if (i < x.size() && x[i] == value) ++i;
        if (j < y.size() && y[j] == value) ++j;
        visit(value, i == 0 ? 0 : first.up_to()[i - 1], j == 0 ? 0 : second.up_to()[j - 1]);
    }
}

}  // namespace

KsTest ks_test(const NumericSample& reference, const NumericSample& current, KsMethod method) {
    need_values("ks_test", reference, current);
    const index m = reference.count();
    const index n = current.count();
    index farthest = 0;  // of |a·n − b·m|, so that D is exact
    KsTest test;
    for_each_step(reference, current, [&](double value, index a, index b) {
        const index distance = a * n - b * m;
        if (std::abs(distance) <= farthest) return;
        farthest = std::abs(distance);
        test.location = value;
        test.first_above = distance > 0;
    });
    test.statistic = static_cast<double>(farthest) / static_cast<double>(m) / static_cast<double>(n);
    test.exact = method == KsMethod::exact || (method == KsMethod::automatic && std::max(m, n) <= kLargestExact);
    if (test.exact) {
        if (static_cast<double>(m) * static_cast<double>(n) > kMostExactCells) {
            throw ValueError(
                "ks_test: expected at most 4e9 pairs of values for an exact p, got more; ask for asymptotic");
        }
        test.p = std::min(1.0, detail::two_sample_survival(m, n, farthest / std::gcd(m, n)));
    } else {
        const double sizes = static_cast<double>(m) * static_cast<double>(n) / static_cast<double>(m + n);
        test.p = detail::kolmogorov_survival(static_cast<index>(std::nearbyint(sizes)), test.statistic);
    }
    return test;
}

double wasserstein_distance(const NumericSample& reference, const NumericSample& current) {
    need_values("wasserstein_distance", reference, current);
    double area = 0;
    double last = 0;
    double apart = 0;
    for_each_step(reference, current, [&](double value, index a, index b) {
        area += apart * (value - last);  // nothing at the first value, where apart is 0
        last = value;
        apart = std::fabs(static_cast<double>(a) / static_cast<double>(reference.count()) -
                          static_cast<double>(b) / static_cast<double>(current.count()));
    });
    return area;
}

}  // namespace assay::features
