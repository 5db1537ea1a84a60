#include "assay/features/sirs.hpp"

#include "catch.hpp"

using namespace assay::features;

namespace {
SirsInput normal() {
    return {.temperature = 37, .heart_rate = 80, .respiratory_rate = 16, .paco2 = 40, .wbc = 8, .bands = 2};
}
}  // namespace

TEST_CASE("SIRS criteria at their boundaries") {
    CHECK(sirs(normal()).total == 0);
    const auto with = [](double SirsInput::*field, double value) {
        SirsInput input = normal();
        input.*field = value;
        return sirs(input).total;
    };
    CHECK(with(&SirsInput::temperature, 36.0) == 0);
    CHECK(with(&SirsInput::temperature, 35.9) == 1);
    CHECK(with(&SirsInput::temperature, 38.0) == 0);
    CHECK(with(&SirsInput::temperature, 38.1) == 1);
    CHECK(with(&SirsInput::heart_rate, 90) == 0);
    CHECK(with(&SirsInput::heart_rate, 91) == 1);
    CHECK(with(&SirsInput::respiratory_rate, 20) == 0);
    CHECK(with(&SirsInput::respiratory_rate, 21) == 1);
    CHECK(with(&SirsInput::paco2, 32) == 0);
    CHECK(with(&SirsInput::paco2, 31.9) == 1);
    CHECK(with(&SirsInput::wbc, 4) == 0);
    CHECK(with(&SirsInput::wbc, 3.9) == 1);
    CHECK(with(&SirsInput::wbc, 12) == 0);
    CHECK(with(&SirsInput::wbc, 12.1) == 1);
    CHECK(with(&SirsInput::bands, 10) == 0);
    CHECK(with(&SirsInput::bands, 10.5) == 1);
}

TEST_CASE("SIRS alternatives stand in for each other, a missing criterion gives null") {
    SirsInput input = normal();
    input.paco2 = kMissing;
    input.bands = kMissing;
    CHECK(sirs(input).total == 0);
    input.respiratory_rate = kMissing;
    CHECK_FALSE(sirs(input).total.has_value());
    CHECK(sirs(input).n_missing == 1);
    CHECK(sirs(SirsInput{}).n_missing == 4);
}
