#include "assay/models/evaluation/bootstrap.hpp"

#include <cmath>
#include <numbers>
#include <numeric>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/evaluation/macro_auc.hpp"
#include "assay/models/evaluation/precision_recall.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {

/// Made-up numbers of devices, those of one device around a level of its own.
struct MadeUpDevices {
    std::vector<double> values{};
    std::vector<index> device{};
};

MadeUpDevices made_up_devices(Rng& rng, index devices, index rows_of_each) {
    MadeUpDevices made;
    for (index d = 0; d < devices; ++d) {
        const double level = rng.normal();
        for (index i = 0; i < rows_of_each; ++i) {
            made.values.push_back(level + rng.normal());
            made.device.push_back(7 * d - 3);
        }
    }
    return made;
}

CountedStatistic mean_of(const std::vector<double>& values) {
    return [&values](std::span<const std::int32_t> counts) {
        double sum = 0, cases = 0;
        for (std::size_t i = 0; i < values.size(); ++i) sum += counts[i] * values[i], cases += counts[i];
        return sum / cases;
    };
}

}  // namespace

TEST_CASE("Groups of one case each are the bootstrap of cases to the bit", "[bootstrap]") {
    Rng rng(1);
    const MadeUpDevices made = made_up_devices(rng, 40, 1);
    const Interval cases = bootstrap_interval(40, mean_of(made.values), {3, 500, 0.9}).value();
    const Interval groups = bootstrap_interval(40, mean_of(made.values), {3, 500, 0.9, made.device}).value();
    CHECK(cases.low == groups.low);
    CHECK(cases.high == groups.high);
}

TEST_CASE("Intervals by group cover what intervals by row do not", "[bootstrap]") {
    // The mean of a device's level is 0. Rows of a device are correlated by one half.
    Rng rng(2);
    for (const index devices : {8, 30}) {
        int by_row = 0, by_group = 0;
        constexpr int repeats = 300;
        for (std::uint64_t seed = 0; seed < repeats; ++seed) {
            const MadeUpDevices made = made_up_devices(rng, devices, 20);
            const index n = std::ssize(made.values);
            const Interval rows = bootstrap_interval(n, mean_of(made.values), {seed, 400, 0.95}).value();
            const Interval groups = bootstrap_interval(n, mean_of(made.values), {seed, 400, 0.95, made.device}).value();
            by_row += rows.low <= 0 && 0 <= rows.high;
            by_group += groups.low <= 0 && 0 <= groups.high;
        }
        CHECK(by_row < 0.6 * repeats);
        CHECK(by_group > 0.91 * repeats);
        CHECK(by_group < 0.99 * repeats);
    }
}

TEST_CASE("Intervals by group of an area under the curve cover it where few devices fail", "[bootstrap]") {
    // Levels of a device's good and bad days are independent: pairs are ordered with chance Φ(1.2 / √(2 + 2 × 0.5²)).
    const double truth = std::erfc(-1.2 / std::sqrt(2.5) / std::numbers::sqrt2) / 2;
    struct Fleet {
        index devices, failing, bad_days;
    };
    for (const Fleet fleet : {Fleet{60, 5, 10}, {60, 10, 10}, {30, 5, 10}, {30, 30, 5}}) {
        Rng rng(20);
        int covered = 0, too_high = 0;
        constexpr int repeats = 400;
        for (std::uint64_t seed = 0; seed < repeats; ++seed) {
            std::vector<double> scores;
            std::vector<std::uint8_t> positive;
            std::vector<index> device;
            for (index d = 0; d < fleet.devices; ++d) {
                const double good = 0.5 * rng.normal(), bad = 1.2 + 0.5 * rng.normal();
                for (index day = 0; day < 20; ++day) {
                    positive.push_back(d < fleet.failing && day < fleet.bad_days);
                    scores.push_back((positive.back() ? bad : good) + rng.normal());
                    device.push_back(d);
                }
            }
            const Interval found = label_aucs(scores, positive, 1, {seed, 400, 0.95, device}).interval.value();
            covered += found.low <= truth && truth <= found.high;
            too_high += found.low > truth;
        }
        CAPTURE(fleet.devices, fleet.failing, covered, too_high);
        CHECK(covered > 0.91 * repeats);
        CHECK(covered < 0.985 * repeats);
        CHECK(too_high < 0.06 * repeats);
    }
}

TEST_CASE("Groups of which a statistic is told are counted", "[bootstrap]") {
    using Marks = std::vector<std::uint8_t>;
    const std::vector<index> device{5, 5, -1, -1, 9, 9};
    const Marks one{1, 1, 0, 0, 0, 0}, mixed{1, 0, 1, 0, 1, 0}, none(6, 0);
    CHECK(groups_with(one, device) == 1);
    CHECK(groups_with(mixed, device) == 3);
    CHECK(groups_with(none, device) == 0);
    CHECK(groups_with(mixed, {}) == 3);
    CHECK(groups_of_the_rarer(one, device) == 1);
    CHECK(groups_of_the_rarer(mixed, device) == 3);
    CHECK(groups_of_the_rarer(none, device) == 0);
    CHECK_THROWS_AS(groups_with(Marks(5, 1), device), ShapeError);

    const std::vector<double> values{1, 2, 3, 4, 5, 6};
    const BootstrapOptions options{0, 400, 0.95, device};
    CHECK_FALSE(bootstrap_interval(6, mean_of(values), options, 1));
    CHECK(bootstrap_interval(6, mean_of(values), options, 9)->low ==
          bootstrap_interval(6, mean_of(values), options)->low);
    CHECK_FALSE(average_precision(values, one, options).interval);  // one device says nothing of others
    CHECK(average_precision(values, mixed, options).interval);
}

TEST_CASE("The interval by group of a mean is Student's of the groups' means", "[bootstrap]") {
    Rng rng(3);
    const MadeUpDevices made = made_up_devices(rng, 12, 25);
    std::vector<double> means(12);
    for (std::size_t i = 0; i < made.values.size(); ++i) means[i / 25] += made.values[i] / 25;
    const double middle = std::accumulate(means.begin(), means.end(), 0.0) / 12;
    double squares = 0;
    for (const double m : means) squares += (m - middle) * (m - middle) / 11;
    const double reach = 2.200985 * std::sqrt(squares / 12);  // t of 11 degrees of freedom at 97.5 %
    const Interval found =
        bootstrap_interval(std::ssize(made.values), mean_of(made.values), {1, 20'000, 0.95, made.device}).value();
    CHECK(found.high - found.low == Approx(2 * reach).epsilon(0.05));
    CHECK((found.low + found.high) / 2 == Approx(middle).margin(0.1 * reach));
}

TEST_CASE("An interval by group is the same at any number of threads", "[bootstrap]") {
    Rng rng(4);
    const MadeUpDevices made = made_up_devices(rng, 9, 11);
    const BootstrapOptions options{5, 300, 0.95, made.device};
    set_num_threads(1);
    const Interval one = bootstrap_interval(99, mean_of(made.values), options).value();
    set_num_threads(3);
    const Interval three = bootstrap_interval(99, mean_of(made.values), options).value();
    CHECK(one.low == three.low);
    CHECK(one.high == three.high);
}

TEST_CASE("Groups that cannot be drawn", "[bootstrap]") {
    const std::vector<double> values{1, 2, 3};
    const std::vector<index> one{4, 4, 4}, two{1, 1};
    CHECK_FALSE(bootstrap_interval(3, mean_of(values), {0, 10, 0.95, one}));
    CHECK_THROWS_AS(bootstrap_interval(3, mean_of(values), {0, 10, 0.95, two}), ShapeError);
}

TEST_CASE("A share by group knows what it does not know", "[bootstrap]") {
    using Marks = std::vector<std::uint8_t>;
    const std::vector<index> device{0, 0, 0, 0, 1, 1, 2, 2, 3, 3};
    const Marks all(10, 1), none(10, 0), early{1, 1, 1, 1, 1, 1, 0, 0, 0, 0};
    const BootstrapOptions options{0, 400, 0.95, device};

    const Proportion every = bootstrap_proportion(all, all, options);
    CHECK(every.value == 1);
    CHECK(every.interval.low == wilson_proportion(4, 4).interval.low);
    CHECK(every.interval.high == 1);
    const Proportion two_devices = bootstrap_proportion(none, early, options);
    CHECK(two_devices.value == 0);
    CHECK(two_devices.interval.high == wilson_proportion(0, 2).interval.high);

    const Proportion some = bootstrap_proportion(early, all, options);
    CHECK(some.value == 0.6);
    CHECK(some.hits == 6);
    CHECK(some.total == 10);
    CHECK(some.interval.low < wilson_proportion(6, 10).interval.low);
    CHECK(some.interval.high > wilson_proportion(6, 10).interval.high);

    const Proportion nothing = bootstrap_proportion(all, none, options);
    CHECK(std::isnan(nothing.value));
    CHECK(nothing.interval.low == 0);
    CHECK(nothing.interval.high == 1);
    const std::vector<index> same(10, 1);
    CHECK(bootstrap_proportion(early, all, {0, 400, 0.95, same}).interval.high == 1);
    CHECK_THROWS_AS(bootstrap_proportion(all, Marks(9, 1), options), ShapeError);
}
