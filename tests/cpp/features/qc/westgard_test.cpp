#include "assay/features/qc/westgard.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay;
using features::ControlPoint;
using features::ControlRule;

namespace {

/// One material, a run each.
std::vector<ControlPoint> series(const std::vector<double>& values) {
    std::vector<ControlPoint> points;
    for (const double z : values) points.push_back({static_cast<std::int64_t>(points.size()), 1, z});
    return points;
}

/// Runs of several materials.
std::vector<ControlPoint> runs(const std::vector<std::vector<double>>& values) {
    std::vector<ControlPoint> points;
    for (std::size_t run = 0; run < values.size(); ++run) {
        for (std::size_t m = 0; m < values[run].size(); ++m) {
            points.push_back({static_cast<std::int64_t>(run), static_cast<std::int32_t>(m), values[run][m]});
        }
    }
    return points;
}

std::vector<index> fired(const std::string& rule, const std::vector<ControlPoint>& points) {
    const std::vector<ControlRule> rules{features::control_rule(rule)};
    std::vector<index> at;
    for (const auto& violation : features::check_controls(points, rules)) at.push_back(violation.point);
    return at;
}

using At = std::vector<index>;

}  // namespace

TEST_CASE("1-2s and 1-3s: one point beyond, the limit itself is not") {
    CHECK(fired("1-2s", series({0, 2.0, 2.01, -2.01, -2.0})) == At{2, 3});
    CHECK(fired("1-3s", series({2.9, 3.0, 3.001, -3.001})) == At{2, 3});
    CHECK_FALSE(features::control_rule("1-2s").rejects);
    CHECK(features::control_rule("1-3s").rejects);
}

TEST_CASE("2-2s: two consecutive on the same side, over runs of one material or over the materials of one run") {
    CHECK(fired("2-2s", series({2.1, 2.1, 2.1})) == At{1, 2});
    CHECK(fired("2-2s", series({2.1, -2.1, 2.1})) == At{});
    CHECK(fired("2-2s", series({2.1, 0, 2.1})) == At{});
    CHECK(fired("2-2s", runs({{2.1, 2.2}})) == At{1});
    CHECK(fired("2-2s", runs({{2.1, -2.2}})) == At{});
    CHECK(fired("2-2s", runs({{0, 2.1}, {2.1, 0}})) == At{});  // other materials of other runs
    CHECK(fired("2-2s", runs({{2.1, 0}, {2.1, 0}})) == At{2});
}

TEST_CASE("R-4s: one above +2 and one below -2 within a run") {
    CHECK(fired("R-4s", runs({{2.1, -2.1}})) == At{1});
    CHECK(fired("R-4s", runs({{2.1, -1.9}})) == At{});
    CHECK(fired("R-4s", runs({{2.1, 0}, {-2.1, 0}})) == At{});
    CHECK(fired("R-4s", series({2.5, -2.5})) == At{});
    CHECK(fired("R-4s", runs({{-2.1, 0, 2.1}})) == At{2});
}

TEST_CASE("4-1s: four consecutive beyond 1 on one side") {
    CHECK(fired("4-1s", series({1.1, 1.1, 1.1, 1.1, 1.1})) == At{3, 4});
    CHECK(fired("4-1s", series({1.1, 1.1, 1.0, 1.1, 1.1})) == At{});
    CHECK(fired("4-1s", runs({{1.1, 1.2}, {1.3, 1.4}})) == At{3});
    CHECK(fired("4-1s", runs({{1.1, 1.2}, {1.3, -1.4}})) == At{});
}

TEST_CASE("10-x: ten consecutive on one side of the mean, which itself is on none") {
    CHECK(fired("10-x", series(std::vector<double>(10, 0.1))) == At{9});
    CHECK(fired("10-x", series(std::vector<double>(9, 0.1))) == At{});
    std::vector<double> broken(12, -0.1);
    broken[5] = 0;
    CHECK(fired("10-x", series(broken)) == At{});
    CHECK(fired("10-x", runs(std::vector<std::vector<double>>(5, {0.1, 0.2}))) == At{9});
}

TEST_CASE("the rules of three materials") {
    CHECK(fired("2of3-2s", runs({{2.1, 0, 2.2}})) == At{2});
    CHECK(fired("2of3-2s", runs({{2.1, 0, -2.2}})) == At{});
    CHECK(fired("2of3-2s", runs({{2.1, 2.2, 0}})) == At{2});
    CHECK(fired("3-1s", runs({{1.1, 1.2, 1.3}})) == At{2});
    CHECK(fired("3-1s", runs({{1.1, 1.2, 0.9}})) == At{});
    CHECK(fired("6-x", runs({{0.1, 0.2, 0.3}, {0.1, 0.2, 0.3}})) == At{5});
    CHECK(features::westgard_rules_of_three().size() == 6);
}

TEST_CASE("several rules at one point come in the order of the rules") {
    const auto rules = features::westgard_rules();
    const auto found = features::check_controls(series({2.5, 3.5}), rules);
    REQUIRE(found.size() == 4);
    CHECK(found[0] == features::ControlViolation{0, 0, false});  // 1-2s
    CHECK(found[1] == features::ControlViolation{1, 0, false});
    CHECK(rules[static_cast<std::size_t>(found[2].rule)].name == "1-3s");
    CHECK(rules[static_cast<std::size_t>(found[3].rule)].name == "2-2s");
}

TEST_CASE("what is no rule and what is no series is refused") {
    for (const char* name :
         {"", "3s", "0-2s", "4of3-2s", "1-s", "1-0s", "1--2s", "99-x", "R-x", "x-2s", "1-2", "1-infs"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(features::control_rule(name), ValueError);
    }
    const auto rules = features::westgard_rules();
    CHECK_THROWS_WITH(features::check_controls(series({0, std::numeric_limits<double>::quiet_NaN()}), rules),
                      Catch::Contains("point 1"));
    const std::vector<ControlPoint> backwards{{2, 1, 0}, {1, 1, 0}};
    CHECK_THROWS_WITH(features::check_controls(backwards, rules), Catch::Contains("order of runs"));
    CHECK(features::check_controls({}, rules).empty());
}

TEST_CASE("false rejections of a stable process are what theory says") {
    constexpr int kPoints = 400'000;
    std::mt19937_64 random(20260101);
    std::normal_distribution<double> normal;
    std::vector<double> values(kPoints);
    for (double& z : values) z = normal(random);
    const auto points = series(values);
    const auto rate = [&](const std::string& rule) {
        return static_cast<double>(fired(rule, points).size()) / kPoints;
    };
    const auto tail = [](double limit) { return 0.5 * std::erfc(limit / std::sqrt(2.0)); };
    const auto near = [](double expected) {  // five standard errors, windows overlap
        return Approx(expected).margin(5 * std::sqrt(3 * expected / kPoints));
    };
    CHECK(rate("1-2s") == near(2 * tail(2)));               // 4.55 %
    CHECK(rate("1-3s") == near(2 * tail(3)));               // 0.27 %
    CHECK(rate("2-2s") == near(2 * tail(2) * tail(2)));     // 0.10 %
    CHECK(rate("4-1s") == near(2 * std::pow(tail(1), 4)));  // 0.13 %
    CHECK(rate("10-x") == near(2 * std::pow(0.5, 10)));     // 0.20 %
}
