#include "assay/features/shock_index.hpp"

#include <cmath>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay::features;

TEST_CASE("shock index is heart rate over systolic pressure") {
    CHECK(shock_index(90, 100) == Approx(0.9));
    CHECK(std::isnan(shock_index(90, 0)));
    CHECK(std::isnan(shock_index(90, -10)));
    CHECK(std::isnan(shock_index(kMissing, 100)));
    CHECK(std::isnan(shock_index(90, kMissing)));
}

TEST_CASE("shock index over columns") {
    const std::vector<double> rate{60, 120}, pressure{120, 100};
    std::vector<double> out(2);
    shock_index(rate, pressure, out);
    CHECK(out == std::vector<double>{0.5, 1.2});
    std::vector<double> one(1);
    CHECK_THROWS_AS(shock_index(rate, pressure, one), assay::ShapeError);
}
