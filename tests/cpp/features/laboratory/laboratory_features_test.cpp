#include <chrono>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/table.hpp"
#include "assay/features/laboratory/device_days.hpp"
#include "assay/features/laboratory/ears.hpp"
#include "assay/features/laboratory/failures_ahead.hpp"
#include "assay/features/laboratory/robust_distances.hpp"
#include "assay/features/laboratory/scan.hpp"
#include "catch.hpp"

using namespace assay;
using data::Array;
using data::Type;

namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kHour = 3'600'000'000;

data::Field column_of(const char* name, Type type) {
    data::Field field;
    field.name = name;
    field.type = type;
    return field;
}

/// Made up: events of one device, by hours since 2026-03-02.
data::Table log_of(const std::vector<std::int64_t>& hours, const std::vector<std::string>& kinds) {
    std::vector<Timestamp> at;
    for (const std::int64_t hour : hours) at.emplace_back(Timestamp{Date{20514}.days() * 24 * kHour + hour * kHour});
    return data::Table(
        {column_of("device_id", Type::Utf8), column_of("at", Type::Timestamp), column_of("kind", Type::Utf8)},
        {Array::of_text(std::vector<std::string>(hours.size(), "D")), Array::of(std::span<const Timestamp>(at)),
         Array::of_text(kinds)});
}

data::Table no_results() {
    return data::Table::empty({column_of("device_id", Type::Utf8), column_of("observed_at", Type::Timestamp),
                               column_of("reported_at", Type::Timestamp)});
}

std::vector<double> robust_rows(assay::index rows, assay::index columns, std::uint64_t seed) {
    Rng random(seed);
    std::vector<double> values(static_cast<std::size_t>(rows * columns));
    for (double& value : values) value = random.normal();
    for (std::size_t i = 0; i < values.size() / 5; ++i) values[i] += 40;  // the first fifth of the rows
    return values;
}

}  // namespace

TEST_CASE("a day of a place lasts from one start to the next, however long it is") {
    const std::vector<Timestamp> starts{Timestamp{0}, Timestamp{24 * kHour}, Timestamp{47 * kHour},
                                        Timestamp{47 * kHour}, Timestamp{71 * kHour}};
    const features::DayCalendar calendar(Date{100}, starts);
    CHECK(calendar.day_of(Timestamp{0}) == Date{100});
    CHECK(calendar.day_of(Timestamp{24 * kHour - 1}) == Date{100});
    CHECK(calendar.day_of(Timestamp{46 * kHour}) == Date{101});
    CHECK(calendar.day_of(Timestamp{47 * kHour}) == Date{103});  // day 102 was skipped
    CHECK(calendar.start_of(Date{102}) == calendar.start_of(Date{103}));
    CHECK_THROWS_AS(calendar.day_of(Timestamp{-1}), ValueError);
    CHECK_THROWS_AS(calendar.day_of(Timestamp{71 * kHour}), ValueError);
    CHECK_THROWS_AS(features::DayCalendar(Date{0}, {Timestamp{0}}), ValueError);
    CHECK_THROWS_AS(features::DayCalendar(Date{0}, {Timestamp{1}, Timestamp{0}}), ValueError);
    CHECK(features::DayCalendar().day_of(Timestamp{-1}) == Date{-1});
}

TEST_CASE("what a log tells of a device by day") {
    const auto events = log_of({2, 5, 30, 49, 50}, {"down", "up", "calibration", "error", "down"});
    const data::Table rows = features::device_days(no_results(), {}, events).rows;
    REQUIRE(rows.num_rows() == 3);
    const auto downtime = rows.column("downtime").values<double>();
    CHECK(downtime[0] == 3);
    CHECK(downtime[1] == 3);
    CHECK(downtime[2] == 25);
    CHECK(rows.column("calibration_age").is_null(0));
    CHECK(rows.column("calibration_age").values<double>()[1] == 18.0 / 24);
    CHECK(rows.column("calibration_age").values<double>()[2] == 42.0 / 24);
    CHECK(rows.column("error_rate").is_null(0));
    CHECK(rows.column("error_rate").values<double>()[2] == 1);
    CHECK(rows.column("load").values<double>()[2] == 0);
    CHECK(rows.column("turn_around").null_count() == 3);
}

TEST_CASE("a label looks at the days after, and knows where they end") {
    // Down on day 3 at 6 h, up on day 4 at 2 h, down on day 6 at 23 h and never up; the log of day 9 ends what is
    // known.
    const auto events = log_of({0, 78, 98, 167, 216}, {"error", "down", "up", "down", "error"});
    const data::Table days = features::device_days(no_results(), {}, events).rows;
    REQUIRE(days.num_rows() == 10);
    const data::Array labels = features::failures_ahead(days, events, {.horizon = 2, .last_day = {}, .calendar = {}});
    const std::vector<std::optional<bool>> expected{false, true,         true,         std::nullopt, true,
                                                    true,  std::nullopt, std::nullopt, std::nullopt, std::nullopt};
    for (assay::index day = 0; day < 10; ++day) {
        INFO("day " << day);
        CHECK(labels.get<bool>(day) == expected[static_cast<std::size_t>(day)]);
    }
    CHECK(features::failures_ahead(days, log_of({}, {})).null_count() == 10);
    CHECK_THROWS_AS(features::failures_ahead(days, events, {.horizon = 0, .last_day = {}, .calendar = {}}), ValueError);
}

TEST_CASE("failures_ahead: what lies behind the days ahead costs nothing") {
    // A device that comes up every hour for 40 years and goes down once: each label looked at the whole log behind it.
    constexpr std::int64_t kHours = 350'000, kDays = kHours / 24;
    std::vector<std::int64_t> hours(kHours);
    for (std::int64_t hour = 0; hour < kHours; ++hour) hours[static_cast<std::size_t>(hour)] = hour;
    std::vector<std::string> kinds(kHours, "up");
    kinds[24 * 100] = "down";
    const data::Table events = log_of(hours, kinds);
    const auto days_of = [](std::int64_t count) {
        std::vector<Date> days;
        for (std::int64_t day = 0; day < count; ++day) days.emplace_back(Date{20514 + static_cast<std::int32_t>(day)});
        return data::Table({column_of("device_id", Type::Utf8), column_of("day", Type::Date32)},
                           {Array::of_text(std::vector<std::string>(static_cast<std::size_t>(count), "D")),
                            Array::of(std::span<const Date>(days))});
    };
    const auto labelled = [&](const data::Table& days) {
        const auto start = std::chrono::steady_clock::now();
        const Array labels = features::failures_ahead(days, events, {.horizon = 2, .last_day = {}, .calendar = {}});
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        return std::pair(labels, took.count());
    };
    const auto [few, short_time] = labelled(days_of(10));
    const auto [all, long_time] = labelled(days_of(kDays));
    std::int64_t failing = 0;
    for (std::int64_t day = 0; day < kDays - 2; ++day) failing += all.get<bool>(day).value_or(false) ? 1 : 0;
    CHECK(failing == 2);  // days 98 and 99
    CHECK(all.get<bool>(98) == true);
    CHECK(all.get<bool>(100) == false);
    // Reading the log is most of it; a look at all of it for each day took more than a hundred times as long.
    CHECK(long_time < 20 * short_time);
}

TEST_CASE("EARS by hand") {
    const std::vector<double> counts{1, 2, 3, 4, 5, 6, 7, 11, 4, kGap, 4};
    const auto chart = features::ears(counts, features::EarsMethod::c1);
    CHECK(std::isnan(chart.statistic[6]));
    CHECK(chart.statistic[7] == Approx(7 / std::sqrt(28.0 / 6)));
    CHECK(std::isnan(chart.statistic[9]));
    CHECK(std::isnan(chart.statistic[10]));
    CHECK(chart.alarms == std::vector<assay::index>{7});
    CHECK_THROWS_AS(features::ears(counts, features::EarsMethod::c1, {.baseline = 1}), ValueError);
}

TEST_CASE("a scan's ratio and expectation by hand") {
    const std::vector<assay::index> cases{1, 1, 1, 7, 1, 1};
    const std::vector<double> expected(6, 1.0);
    const auto found = features::temporal_scan(cases, expected, {.most_days = 3, .replicates = 999, .seed = 1});
    REQUIRE_FALSE(found.empty());
    CHECK(found[0].first_day == 3);
    CHECK(found[0].last_day == 3);
    CHECK(found[0].expected == Approx(2));
    CHECK(found[0].log_likelihood_ratio == Approx(7 * std::log(7.0 / 2) + 5 * std::log(5.0 / 10)));
    CHECK(found[0].p < 0.05);
    const auto zones = features::zones_by_distance(std::vector<double>{0, 1, 5, 1, 0, 2, 5, 2, 0}, 3, 2);
    CHECK(zones == std::vector<std::vector<assay::index>>{{0}, {0, 1}, {1}, {2}, {1, 2}});
}

TEST_CASE("features of devices are the same at any number of threads") {
    const int before = num_threads();
    std::vector<std::string> devices, kinds;
    std::vector<Timestamp> at;
    Rng random(3);
    for (int i = 0; i < 2000; ++i) {
        devices.push_back("D" + std::to_string(random.integer(0, 19)));
        kinds.emplace_back(std::vector<const char*>{"error", "calibration", "down",
                                                    "up"}[static_cast<std::size_t>(random.integer(0, 3))]);
        at.emplace_back(Timestamp{random.integer(0, 90) * 24 * kHour + random.integer(0, 24 * kHour)});
    }
    const data::Table events(
        {column_of("device_id", Type::Utf8), column_of("at", Type::Timestamp), column_of("kind", Type::Utf8)},
        {Array::of_text(devices), Array::of(std::span<const Timestamp>(at)), Array::of_text(kinds)});
    std::vector<data::Table> found;
    for (const int threads : {1, 2, 7}) {
        set_num_threads(threads);
        found.push_back(features::device_days(no_results(), {}, events).rows);
    }
    set_num_threads(before);
    CHECK(found[0].num_rows() > 1500);
    CHECK(found[0].equals(found[1]));
    CHECK(found[0].equals(found[2]));
}

TEST_CASE("scans and robust distances are the same at any number of threads") {
    const int before = num_threads();
    const auto values = robust_rows(700, 3, 5);
    const std::vector<assay::index> cases{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
    const std::vector<double> expected(cases.size(), 1.0);
    std::vector<std::vector<double>> squared;
    std::vector<double> p;
    for (const int threads : {1, 2, 5}) {
        set_num_threads(threads);
        squared.push_back(features::robust_distances(values, 700, 3).squared);
        p.push_back(features::temporal_scan(cases, expected)[0].p);
    }
    set_num_threads(before);
    CHECK(squared[0] == squared[1]);
    CHECK(squared[0] == squared[2]);
    CHECK(p[0] == p[1]);
    CHECK(p[0] == p[2]);
}

TEST_CASE("robust distances are not moved by a fifth of outliers") {
    const auto values = robust_rows(500, 4, 7);
    const auto found = features::robust_distances(values, 500, 4);
    CHECK(found.cutoff == Approx(11.143286781877796));  // chi-squared, 4 degrees, 0.975
    for (std::size_t row = 0; row < 100; ++row) CHECK(found.squared[row] > 1000);
    for (std::size_t j = 0; j < 4; ++j) {
        CHECK(std::fabs(found.location[j]) < 0.2);
        CHECK(found.scatter[5 * j] == Approx(1).margin(0.25));
    }
    CHECK_THROWS_AS(features::robust_distances(values, 499, 4), ShapeError);
}
