#include "assay/features/machine_features.hpp"

#include <cmath>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::features;

TEST_CASE("Power, temperature difference and strain of the first records of AI4I 2020", "[machine]") {
    const std::vector<double> air{298.1, 298.2}, process{308.6, 308.7}, speed{1551, 1408}, torque{42.8, 46.3},
        wear{0, 3};
    const MachineFeatures found = derive_machine_features({air, process, speed, torque, wear});
    CHECK(found.power[0] == Approx(6951.5905601573495));  // 42.8 N·m × 162.42 rad/s
    CHECK(found.power[1] == Approx(6826.722724152667));
    CHECK(found.temperature_difference[0] == Approx(10.5));
    CHECK(found.strain[0] == 0);
    CHECK(found.strain[1] == Approx(138.9));
}

TEST_CASE("A missing reading is missing in what is derived from it alone", "[machine]") {
    const std::vector<double> one{1}, none{std::nan("")};
    const MachineFeatures found = derive_machine_features({none, one, one, one, one});
    CHECK(std::isnan(found.temperature_difference[0]));
    CHECK(found.strain[0] == 1);
    CHECK(derive_machine_features({{}, {}, {}, {}, {}}).power.empty());
    const std::vector<double> two{1, 2};
    CHECK_THROWS_AS(derive_machine_features({one, one, two, one, one}), ShapeError);
}
