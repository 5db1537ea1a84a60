#include "assay/models/forest/feature_bins.hpp"

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace assay;
using namespace assay::models;

namespace {
constexpr float no_value = std::numeric_limits<float>::quiet_NaN();
}

TEST_CASE("A feature of few values has a bin for each", "[forest]") {
    const std::vector<float> x{3, -1, no_value, 3, -0.0F, 0.0F, 7.5F};
    const FeatureBins bins(x, 1);
    REQUIRE(bins.rows() == 7);
    REQUIRE(bins.bins(0) == 4);
    CHECK(bins.has_missing(0));
    const auto codes = bins.codes(0);
    CHECK(std::vector<int>(codes.begin(), codes.end()) == std::vector<int>{2, 0, 255, 2, 1, 1, 3});
    CHECK(bins.threshold(0, 0, 1) == -0.5);
    CHECK(bins.threshold(0, 1, 3) == 3.75);  // between values that are neighbours in a node only
}

TEST_CASE("The middle between two neighbouring floats lies between them", "[forest]") {
    const float next = std::nextafter(1.0F, 2.0F);
    const FeatureBins bins(std::vector<float>{1.0F, next}, 1);
    CHECK(bins.threshold(0, 0, 1) > 1.0);
    CHECK(bins.threshold(0, 0, 1) < static_cast<double>(next));
    const float most = std::numeric_limits<float>::max();
    const FeatureBins wide(std::vector<float>{-most, most}, 1);
    CHECK(wide.threshold(0, 0, 1) == 0);
    const FeatureBins tiny(std::vector<float>{0, std::numeric_limits<float>::denorm_min()}, 1);
    CHECK(tiny.bins(0) == 2);
    CHECK(tiny.threshold(0, 0, 1) > 0);
}

TEST_CASE("A feature of many values is cut into bins of about as many rows", "[forest]") {
    Rng rng(1);
    std::vector<float> x(20'000);
    for (float& value : x) value = static_cast<float>(std::exp(3 * rng.normal()));
    for (std::size_t i = 0; i < 6'000; ++i) x[i] = 1;  // one value that is frequent
    const FeatureBins bins(x, 1, 255);
    CHECK_FALSE(bins.is_wide(0));
    CHECK(bins.bins(0) > 240);
    CHECK(bins.bins(0) <= 255);
    std::vector<index> count(256);
    std::vector<float> least(256, HUGE_VALF), greatest(256, -HUGE_VALF);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto code = static_cast<std::size_t>(bins.codes(0)[i]);
        ++count[code];
        least[code] = std::min(least[code], x[i]);
        greatest[code] = std::max(greatest[code], x[i]);
    }
    index crowded = 0;
    for (std::size_t b = 0; b < static_cast<std::size_t>(bins.bins(0)); ++b) {
        CHECK(count[b] > 0);
        crowded += count[b] > 120 ? 1 : 0;
        if (b > 0) {
            CHECK(greatest[b - 1] < least[b]);
            const double cut = bins.threshold(0, static_cast<index>(b) - 1, static_cast<index>(b));
            CHECK((greatest[b - 1] < cut && cut < least[b]));
        }
    }
    CHECK(crowded == 1);  // the frequent value's
    CHECK(count[255] == 0);
    const auto common = static_cast<std::size_t>(bins.codes(0)[0]);
    CHECK((least[common] == 1 && greatest[common] == 1));
}

TEST_CASE("A feature of many values has a code of two bytes for each of them", "[forest]") {
    Rng rng(2);
    std::vector<float> x(3'000);
    for (float& value : x) value = std::floor(static_cast<float>(700 * rng.normal()));
    x[7] = no_value;
    const FeatureBins bins(x, 1);
    REQUIRE(bins.is_wide(0));
    CHECK(bins.codes(0).empty());
    CHECK(bins.has_missing(0));
    std::vector<float> distinct = x;
    std::erase_if(distinct, [](float value) { return std::isnan(value); });
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    REQUIRE(bins.bins(0) == static_cast<index>(distinct.size()));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::uint16_t code = bins.wide_codes(0)[i];
        if (i == 7) {
            CHECK(code == FeatureBins::wide_missing);
        } else {
            CHECK(distinct[code] == x[i]);
        }
    }
    CHECK(bins.threshold(0, 3, 5) == (static_cast<double>(distinct[3]) + distinct[5]) / 2);
}

TEST_CASE("Two bytes and no more, however many values there are", "[forest]") {
    std::vector<float> x(200'000);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7 % x.size());
    const FeatureBins bins(x, 1);
    CHECK(bins.bins(0) == FeatureBins::most_bins);
    std::vector<int> count(65536);
    for (const std::uint16_t code : bins.wide_codes(0)) ++count[code];
    CHECK(count[FeatureBins::wide_missing] == 0);
    CHECK(*std::max_element(count.begin(), count.end()) <= 4);
    CHECK(*std::min_element(count.begin(), count.end() - 1) >= 3);
    // 255 values need one byte, 256 two.
    std::vector<float> few(256);
    for (std::size_t i = 0; i < few.size(); ++i) few[i] = static_cast<float>(i);
    CHECK(FeatureBins(few, 1).is_wide(0));
    few[9] = few[8];
    CHECK_FALSE(FeatureBins(few, 1).is_wide(0));
    CHECK(FeatureBins(few, 1).bins(0) == 255);
}

TEST_CASE("Bins of several features, of few bins and of nothing but missing values", "[forest]") {
    const std::vector<float> x{1, no_value, 2, no_value, 3, no_value, 4, no_value};
    const FeatureBins bins(x, 2, 2);
    CHECK(bins.features() == 2);
    CHECK(bins.bins(0) == 2);
    CHECK(bins.threshold(0, 0, 1) == 2.5);
    CHECK(bins.bins(1) == 0);
    CHECK(std::all_of(bins.codes(1).begin(), bins.codes(1).end(), [](int code) { return code == 255; }));
    CHECK_FALSE(bins.has_missing(0));
    CHECK_THROWS_AS(FeatureBins(x, 3), ShapeError);
    CHECK_THROWS_AS(FeatureBins(std::vector<float>{}, 1), ShapeError);
    CHECK_THROWS_AS(FeatureBins(x, 2, 65536), ValueError);
    CHECK_THROWS_AS(FeatureBins(x, 2, 1), ValueError);
    CHECK_THROWS_WITH(FeatureBins(std::vector<float>{0, 0, 0, -HUGE_VALF}, 2),
                      Catch::Matchers::Contains("feature 1, row 1"));
}

TEST_CASE("A frequent value has a bin of its own, however few values lie beside it", "[forest]") {
    // Made up like results with a detection limit: few below 0, many at 0, others above.
    struct Results {
        std::size_t below, at, above;
        index max_bins;
    };
    for (const Results& made :
         {Results{5, 100'000, 149'995, FeatureBins::most_bins}, Results{100, 15'000, 4'900, 255},
          Results{0, 15'000, 5'000, 255}, Results{5'000, 15'000, 0, 255}, Results{300, 300, 300, 3}}) {
        std::vector<float> x;
        for (std::size_t i = 0; i < made.below; ++i) x.push_back(-1 - static_cast<float>(i));
        x.insert(x.end(), made.at, 0.0F);
        for (std::size_t i = 0; i < made.above; ++i) x.push_back(1 + static_cast<float>(i));
        const FeatureBins bins(x, 1, made.max_bins);
        CAPTURE(made.below, made.above, made.max_bins);
        const auto code = [&](std::size_t row) -> int {
            return bins.is_wide(0) ? bins.wide_codes(0)[row] : bins.codes(0)[row];
        };
        const int zero = code(made.below);
        for (std::size_t row = 0; row < x.size(); ++row) {
            if (x[row] < 0 ? code(row) >= zero : x[row] > 0 ? code(row) <= zero : code(row) != zero)
                FAIL("row " << row << " has bin " << code(row) << " beside " << zero);
        }
        CHECK(bins.bins(0) <= made.max_bins);
        CHECK(bins.bins(0) * 10 >= made.max_bins * 9);
    }
}

TEST_CASE("Of more frequent values than the bins can keep apart the most frequent stand alone", "[forest]") {
    std::vector<float> x;
    for (int value = 0; value < 401; ++value) {
        const std::size_t times = value % 2 == 0 ? 1 : value == 201 ? 400 : 98;
        x.insert(x.end(), times, static_cast<float>(value));
    }
    const FeatureBins bins(x, 1, 255);
    CHECK(bins.bins(0) <= 255);
    std::vector<float> together;
    for (std::size_t row = 0; row < x.size(); ++row) {
        const auto at = std::find(x.begin(), x.end(), 201.0F) - x.begin();
        if (bins.codes(0)[row] == bins.codes(0)[static_cast<std::size_t>(at)]) together.push_back(x[row]);
    }
    CHECK(together == std::vector<float>(400, 201.0F));
    // Two bins cannot keep a value in the middle apart from both sides.
    CHECK(FeatureBins(std::vector<float>{1, 2, 2, 2, 3}, 1, 2).bins(0) == 2);
}
