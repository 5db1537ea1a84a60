#include "assay/features/drift/device_drift.hpp"

#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using data::Array;
using features::DeviceDrift;
using features::DeviceSample;
using features::DeviceVerdict;
using Numbers = std::vector<std::optional<double>>;

namespace {

data::Table results(const std::vector<std::string>& devices, const Numbers& values) {
    return {data::TableSchema(
                {{.name = "device_id", .type = data::Type::Utf8}, {.name = "value", .type = data::Type::Float64}}),
            {Array::of_text(devices), Array::of(values)}};
}

/// Values of this mean, and of this standard deviation with n − 1.
Numbers exactly(int n, double mean, double deviation) {
    Numbers values;
    const double step = deviation * std::sqrt((n - 1.0) / n);
    for (int i = 0; i < n; ++i) values.push_back(mean + (i % 2 == 0 ? step : -step));
    return values;
}

DeviceDrift one(const Numbers& reference, const Numbers& current) {
    const auto sample = [](const Numbers& values) {
        return DeviceSample::of(results(std::vector<std::string>(values.size(), "XYZ"), values));
    };
    return features::device_drift(sample(reference), sample(current)).front();
}

}  // namespace

TEST_CASE("z of a device from 95 to 105 mg/dL is 3.2 and critical") {
    // 10 / (12.5 / √16)
    const DeviceDrift found = one(exactly(400, 95, 12.5), exactly(16, 105, 12.5));
    CHECK(found.reference_mean == Approx(95));
    CHECK(found.mean == Approx(105));
    CHECK(found.z == Approx(3.2));
    CHECK(found.t == Approx(3.2 / std::sqrt(1.04)));
    CHECK(found.reference_count == 400);
    CHECK(found.p == Approx(0.00182822527111).epsilon(1e-8));  // scipy.stats.t.sf, 399 degrees of freedom
    CHECK(found.verdict == DeviceVerdict::critical);
    CHECK(one(exactly(400, 95, 12.5), exactly(16, 103, 12.5)).verdict == DeviceVerdict::calibrate);   // 2.56
    CHECK(one(exactly(400, 95, 12.5), exactly(16, 101, 12.5)).verdict == DeviceVerdict::in_control);  // 1.92
    CHECK(one(exactly(400, 95, 12.5), exactly(16, 85, 12.5)).z == Approx(-3.2));
}

TEST_CASE("a small reference is no exact one") {
    // Two-sided p of scipy.stats.t for t = 10 / (12.5 · √(1/16 + 1/m)) with m − 1 degrees of freedom.
    const DeviceDrift ten = one(exactly(10, 95, 12.5), exactly(16, 105, 12.5));
    CHECK(ten.z == Approx(3.2));
    CHECK(ten.p == Approx(0.0784818043539).epsilon(1e-8));
    CHECK(ten.verdict == DeviceVerdict::in_control);
    CHECK(ten.reason == "the reference has too few results to tell this from chance");
    CHECK(one(exactly(10, 95, 12.5), exactly(16, 125, 12.5)).p == Approx(0.000214369126779).epsilon(1e-8));
    CHECK(one(exactly(10, 95, 12.5), exactly(16, 125, 12.5)).verdict == DeviceVerdict::critical);
    const DeviceDrift same = one(exactly(10, 95, 12.5), exactly(16, 95, 12.5));
    CHECK(same.p == 1);
    CHECK(same.reason.empty());
    const DeviceDrift large = one(exactly(200'000, 95, 12.5), exactly(16, 105, 12.5));
    CHECK(large.t == Approx(3.2).epsilon(1e-4));
    CHECK(large.p == Approx(0.00137510074235).epsilon(1e-6));
}

TEST_CASE("false alarms of healthy devices stay at their share, however small the reference") {
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal(95, 12);
    const auto drawn = [&](int each) {
        std::vector<std::string> devices;
        Numbers values;
        for (int device = 0; device < 5; ++device) {
            devices.insert(devices.end(), static_cast<std::size_t>(each),
                           std::string(1, static_cast<char>('a' + device)));
            for (int i = 0; i < each; ++i) values.push_back(normal(random));
        }
        return DeviceSample::of(results(devices, values));
    };
    constexpr int kReports = 200;
    int reports = 0, large = 0;
    for (int report = 0; report < kReports; ++report) {
        bool alarm = false;
        for (const DeviceDrift& device : features::device_drift(drawn(30), drawn(1000))) {
            large += std::fabs(device.z) > 2 ? 1 : 0;
            alarm = alarm || device.verdict >= DeviceVerdict::calibrate;
        }
        reports += alarm ? 1 : 0;
    }
    CHECK(large > kReports * 5 / 2);           // z alone: most of them
    CHECK(reports <= kReports * 5 / 100 + 9);  // three standard errors above one in twenty
    CHECK(reports >= 1);
}

TEST_CASE("robust z: medians, MAD, and what is said where they do not fit") {
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal(95, 12);
    Numbers reference, current;
    for (int i = 0; i < 20'000; ++i) reference.push_back(normal(random));
    for (int i = 0; i < 100; ++i) current.push_back(normal(random));
    const auto spread = features::median_spread(
        DeviceSample::of(results(std::vector<std::string>(reference.size(), "a"), reference)).groups()[0].values);
    CHECK(spread.median == Approx(95).margin(0.3));
    CHECK(1.4826 * spread.mad == Approx(12).margin(0.3));
    const DeviceDrift usual = one(reference, current);
    CHECK(usual.verdict == DeviceVerdict::in_control);
    CHECK(std::fabs(usual.robust_z) < 3);
    current[0] = 900;  // one result moves the mean by 8, and the median not at all
    const DeviceDrift outlier = one(reference, current);
    CHECK(outlier.verdict == DeviceVerdict::critical);
    CHECK(outlier.robust_z == Approx(usual.robust_z).margin(0.2));
    CHECK(outlier.reason == "the median has hardly moved: a few extreme results may be the cause");
    Numbers tied(100, 5.0);
    for (int i = 0; i < 40; ++i) tied[static_cast<std::size_t>(i)] = 5 + i * 0.01;
    const DeviceDrift flagged = one(tied, Numbers(20, 5.1));
    CHECK(flagged.mad_is_zero);
    CHECK(std::isnan(flagged.robust_z));
    CHECK(std::isfinite(flagged.z));
    CHECK(flagged.reason == "half of the reference is one value: no robust z");
}

TEST_CASE("the robust z is standard normal without drift") {
    std::mt19937_64 random(2);
    std::normal_distribution<double> normal(95, 12);
    Numbers reference;
    for (int i = 0; i < 50'000; ++i) reference.push_back(normal(random));
    double squares = 0;
    for (int i = 0; i < 300; ++i) {
        Numbers current;
        for (int k = 0; k < 51; ++k) current.push_back(normal(random));
        squares += std::pow(one(reference, current).robust_z, 2);
    }
    CHECK(std::sqrt(squares / 300) == Approx(1).margin(0.12));  // three standard errors
}

TEST_CASE("devices that cannot be judged are named, false alarms are adjusted over the others") {
    const Numbers varied = exactly(50, 95, 12);
    CHECK(one(varied, exactly(9, 120, 12)).reason == "fewer than 10 results now");
    CHECK(one(exactly(9, 95, 12), varied).reason == "fewer than 10 results in the reference");
    CHECK(one(Numbers(50, 7.0), varied).reason == "the reference is constant");
    CHECK(one(Numbers(50, 7.0), varied).verdict == DeviceVerdict::not_judged);
    const Numbers missing(50, std::nullopt);
    CHECK(one(varied, missing).reason == "fewer than 10 results now");
    std::mt19937_64 random(3);
    std::normal_distribution<double> normal(95, 12);
    std::vector<std::string> devices, devices_now;
    Numbers before, after;
    for (int device = 0; device < 200; ++device) {
        const std::string name = "device " + std::to_string(device);
        for (int i = 0; i < 800; ++i) {
            devices.push_back(name);
            before.push_back(normal(random));
        }
        for (int i = 0; i < 40; ++i) {
            devices_now.push_back(name);
            after.push_back(normal(random) + (device == 7 ? 15 : 0));
        }
    }
    const auto reference = DeviceSample::of(results(devices, before));
    const auto found = features::device_drift(reference, DeviceSample::of(results(devices_now, after)));
    int large = 0, alarms = 0;
    for (const DeviceDrift& device : found) {
        large += std::fabs(device.t) > 2 ? 1 : 0;
        alarms += device.verdict >= DeviceVerdict::calibrate ? 1 : 0;
    }
    CHECK(large > 5);  // about 1 in 20 by chance alone
    CHECK(alarms >= 1);
    CHECK(alarms < 4);
    const auto unknown = DeviceSample::of(results(std::vector<std::string>(50, "another"), exactly(50, 95, 12)));
    const auto judged = features::device_drift(reference, unknown);
    CHECK(judged.front().reason == "the reference has no results of it");
    CHECK(judged.back().reason == "no results now");
    CHECK(judged.size() == 201);
}

TEST_CASE("results of devices merge, whatever the split, and are saved") {
    std::mt19937_64 random(4);
    std::vector<std::string> devices;
    Numbers values;
    for (int i = 0; i < 5000; ++i) {
        devices.push_back(random() % 10 == 0 ? "" : std::string(1, static_cast<char>('a' + random() % 5)));
        values.push_back(random() % 20 == 0 ? std::nullopt : std::optional(static_cast<double>(random() % 300)));
    }
    const data::Table table = results(devices, values);
    const DeviceSample whole = DeviceSample::of(table);
    CHECK(whole.groups().size() == 5);
    CHECK(whole.unnamed() > 300);
    DeviceSample parts;
    for (assay::index at = 0; at < 5000; at += 1250) parts.merge(DeviceSample::of(table.slice(at, 1250)));
    CHECK(parts == whole);
    CHECK(parts.to_bytes() == whole.to_bytes());
    const std::string bytes = DeviceSample::of(table.slice(0, 20)).to_bytes();
    CHECK(DeviceSample::from_bytes(bytes) == DeviceSample::of(table.slice(0, 20)));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 4);
        REQUIRE_THROWS_AS(DeviceSample::from_bytes(damaged), ValueError);
    }
    CHECK_THROWS_AS(DeviceSample::of(table, {.device = "device", .value = "value"}), SchemaError);
    CHECK_THROWS_AS(DeviceSample::of(table, {.device = "value", .value = "value"}), SchemaError);
}
