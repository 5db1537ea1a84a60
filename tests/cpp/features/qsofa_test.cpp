#include "assay/features/qsofa.hpp"

#include "catch.hpp"

using namespace assay::features;

TEST_CASE("qSOFA counts its three criteria at their boundaries") {
    CHECK(qsofa(21, 101, 15).total == 0);
    CHECK(qsofa(22, 101, 15).total == 1);
    CHECK(qsofa(21, 100, 15).total == 1);
    CHECK(qsofa(21, 101, 14).total == 1);
    CHECK(qsofa(22, 100, 3).total == 3);
    CHECK(qsofa(21, 101, 13, 14).total == 1);
    CHECK(qsofa(21, 101, 14, 14).total == 0);
}

TEST_CASE("qSOFA without an input is null and says how many are missing") {
    const PointScore score = qsofa(25, kMissing, 15);
    CHECK_FALSE(score.total.has_value());
    CHECK(score.n_missing == 1);
    CHECK(score.known_points == 1);
}
