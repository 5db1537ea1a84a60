#include "assay/features/clean_vitals.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/vital_signs.hpp"
#include "assay/features/detail/limit_check.hpp"
#include "assay/features/detail/vital_kernels.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::features;
using data::Array;
using data::Field;
using data::Table;
using data::TableSchema;
using data::Type;

namespace {

using Numbers = std::vector<std::optional<double>>;
using Texts = std::vector<std::optional<std::string>>;
using Times = std::vector<std::optional<Timestamp>>;

Timestamp hour(int h) { return Timestamp{std::int64_t{h} * 3'600'000'000}; }

Field nullable(Field field) {
    field.nullable = true;
    return field;
}

Field text_field(const char* name) {
    Field field;
    field.name = name;
    field.type = Type::Utf8;
    return field;
}

/// Made-up rows of patient A at hours 0, 1, 2, … with one measurement.
Table one_column(const Field& field, const Numbers& values) {
    Texts ids(values.size(), "A");
    Times times;
    for (std::size_t i = 0; i < values.size(); ++i) times.emplace_back(hour(static_cast<int>(i)));
    return Table(TableSchema{data::PatientId::field(), data::ObservedAt::field(), field},
                 {Array::of(ids), Array::of(times), Array::of(values)});
}

std::string text_of(const Table& table, const char* column, assay::index row) {
    return table.column(column).get<std::string>(row).value_or("<null>");
}

}  // namespace

TEST_CASE("limits are closed: the ends are accepted, one step beyond is not") {
    for (const VitalLimit& limit : default_vital_limits()) {
        Field field;
        field.name = limit.measurement;
        field.unit = limit.unit;
        const double low = limit.valid.low, high = limit.valid.high;
        const double beyond = limit.outlier.high;
        const auto up = [](double x) { return std::nextafter(x, 1e9); };
        const auto down = [](double x) { return std::nextafter(x, -1e9); };
        const CleanedVitals out = clean_vitals(one_column(field, {low, high, down(low), up(high), up(beyond), -1.0}));
        INFO(limit.measurement);
        const Array& kept = out.rows.column(limit.measurement);
        CHECK(kept.get<double>(0) == low);
        CHECK(kept.get<double>(1) == high);
        CHECK(kept.null_count() == 4);
        REQUIRE(out.quarantine.num_rows() == 4);
        CHECK(text_of(out.quarantine, "rule", 0) == limit.measurement + ".implausible");
        CHECK(text_of(out.quarantine, "rule", 1) ==
              limit.measurement + (high == beyond ? ".impossible" : ".implausible"));
        CHECK(text_of(out.quarantine, "rule", 2) == limit.measurement + ".impossible");
        CHECK(text_of(out.quarantine, "rule", 3) == limit.measurement + ".impossible");
        CHECK(out.counts.measurements_read == 6);
        CHECK(out.counts.measurements_accepted == 2);
        CHECK(out.counts.measurements_quarantined == 4);
    }
}

TEST_CASE("NaN and infinity are impossible, null is no measurement") {
    const double infinity = std::numeric_limits<double>::infinity();
    const CleanedVitals out =
        clean_vitals(one_column(data::HeartRate::field(), {std::nullopt, std::nan(""), infinity, -infinity, 70.0}));
    CHECK(out.counts.measurements_read == 4);
    CHECK(out.counts.measurements_accepted == 1);
    CHECK(counts_by_rule(out.quarantine).at("heart_rate.impossible") == 3);
    CHECK(out.rows.num_rows() == 5);
}

TEST_CASE("known artefacts name their likely cause") {
    const auto cause = [](const Field& field, double value) {
        const CleanedVitals out = clean_vitals(one_column(field, {value}));
        REQUIRE(out.quarantine.num_rows() == 1);
        return text_of(out.quarantine, "likely_cause", 0);
    };
    const std::string fahrenheit = "value is plausible in degrees Fahrenheit (labelled Celsius)";
    const std::string line = "arterial line flush, disconnection or zeroing artefact";
    CHECK(cause(data::Temperature::field(), 97.2) == fahrenheit);
    CHECK(cause(data::Temperature::field(), 90) == fahrenheit);
    CHECK(cause(data::Temperature::field(), 115) == fahrenheit);
    CHECK(cause(data::Temperature::field(), 115.1) == "<null>");
    CHECK(cause(data::MeanBp::field(), 801) == line);
    CHECK(cause(data::MeanBp::field(), -19) == line);
    CHECK(cause(data::MeanBp::field(), 0) == "<null>");
    CHECK(cause(data::HeartRate::field(), 0) == "lead off or monitor standby");
    CHECK(cause(data::RespiratoryRate::field(), 0) == "lead off or monitor standby");
    CHECK(cause(data::Spo2::field(), 101) != "<null>");
}

TEST_CASE("values stay where they are: a cleaned column shares the input's memory") {
    const Table in = one_column(data::HeartRate::field(), {70.0, 0.0, 80.0});
    const CleanedVitals out = clean_vitals(in);
    CHECK(out.rows.column("heart_rate").buffers().values.data() == in.column("heart_rate").buffers().values.data());
    CHECK(out.rows.column("patient_id").buffers().values.data() == in.column("patient_id").buffers().values.data());
    CHECK(out.rows.column("heart_rate").is_null(1));
}

TEST_CASE("Fahrenheit becomes Celsius only where the unit says so") {
    Field labelled = data::Temperature::field();
    labelled.unit = "[degF]";
    const CleanedVitals by_field = clean_vitals(one_column(labelled, {98.6, 212.0, std::nullopt}));
    CHECK(*by_field.rows.column("temperature").get<double>(0) == Approx(37.0).epsilon(1e-15));
    CHECK(by_field.rows.schema().field("temperature").unit == "Cel");
    CHECK(text_of(by_field.quarantine, "rule", 0) == "temperature.impossible");
    CHECK(by_field.quarantine.column("value").get<double>(0) == 212.0);  // as reported
    CHECK(text_of(by_field.quarantine, "unit", 0) == "[degF]");

    CleanOptions options;
    options.units["temperature"] = "°F";
    const CleanedVitals by_option = clean_vitals(one_column(data::Temperature::field(), {98.6}), options);
    CHECK(*by_option.rows.column("temperature").get<double>(0) == Approx(37.0).epsilon(1e-15));

    const CleanedVitals unlabelled = clean_vitals(one_column(data::Temperature::field(), {98.6}));
    CHECK(unlabelled.rows.column("temperature").is_null(0));

    const Table with_units =
        one_column(data::Temperature::field(), {98.6, 37.0, 36.5, 310.0, 36.6, std::nullopt, 310.15})
            .with_column(text_field("temperature_unit"),
                         Array::of(Texts{"°F", "°C", std::nullopt, "mmHg", "", "mmHg", "K"}));
    const CleanedVitals by_row = clean_vitals(with_units);
    CHECK(*by_row.rows.column("temperature").get<double>(0) == Approx(37.0).epsilon(1e-15));
    CHECK(by_row.rows.column("temperature").get<double>(1) == 37.0);
    CHECK(by_row.rows.column("temperature").get<double>(2) == 36.5);
    CHECK(by_row.rows.column("temperature").is_null(3));
    CHECK_FALSE(by_row.rows.has_column("temperature_unit"));
    REQUIRE(by_row.quarantine.num_rows() == 1);
    CHECK(text_of(by_row.quarantine, "rule", 0) == "temperature.unit");
    CHECK(text_of(by_row.quarantine, "unit", 0) == "mmHg");
    CHECK(by_row.rows.column("temperature").get<double>(6) == Approx(37.0));

    CleanOptions site;
    site.limits = vital_limits_from_json(R"({"peep": {"valid": [0, 30], "outlier": [0, 60], "unit": "cm[H2O]"}})");
    Field peep;
    peep.name = "peep";
    const Table own_unit =
        one_column(peep, {5.0, 5.0}).with_column(text_field("peep_unit"), Array::of(Texts{"cm[H2O]", "mL"}));
    const CleanedVitals by_site = clean_vitals(own_unit, site);
    CHECK(by_site.rows.column("peep").get<double>(0) == 5.0);
    CHECK(by_site.rows.column("peep").is_null(1));

    options.units["temperature"] = "mmHg";
    CHECK_THROWS_AS(clean_vitals(one_column(data::Temperature::field(), {310.0}), options), ValueError);
    options.units = {{"mood", "%"}};
    CHECK_THROWS_AS(clean_vitals(one_column(data::Temperature::field(), {37.0}), options), ValueError);
}

TEST_CASE("rows without patient or time are refused with all they hold") {
    const Table in(TableSchema{nullable(data::PatientId::field()), nullable(data::ObservedAt::field()),
                               data::HeartRate::field(), data::Spo2::field()},
                   {Array::of(Texts{"A", std::nullopt, "", "A", "B"}),
                    Array::of(Times{hour(0), hour(1), hour(1), std::nullopt, std::nullopt}),
                    Array::of(Numbers{70.0, 71.0, 0.0, std::nullopt, 74.0}),
                    Array::of(Numbers{98.0, 97.0, std::nullopt, std::nullopt, 200.0})});
    const CleanedVitals out = clean_vitals(in);
    CHECK(out.rows.num_rows() == 1);
    CHECK(out.rows.column("heart_rate").get<double>(0) == 70.0);
    CHECK(out.counts.rows_quarantined == 4);
    CHECK(out.counts.measurements_read == 7);
    CHECK(out.counts.measurements_accepted == 2);
    CHECK(counts_by_rule(out.quarantine) ==
          std::map<std::string, assay::index>{{"row.key", 6}});  // 5 values, 1 empty row
    CHECK(text_of(out.quarantine, "measurement", 3) == "<null>");
    CHECK(out.quarantine.column("source_row").get<std::int64_t>(3) == 3);
}

TEST_CASE("rows of one patient and time merge into the first") {
    const Table in(
        TableSchema{data::PatientId::field(), data::ObservedAt::field(), data::HeartRate::field(), data::Spo2::field(),
                    data::Temperature::field()},
        {Array::of(Texts{"A", "A", "B", "A", "A"}), Array::of(Times{hour(0), hour(0), hour(0), hour(1), hour(0)}),
         Array::of(Numbers{70.0, 70.0, 60.0, 72.0, 75.0}),
         Array::of(Numbers{std::nullopt, 97.0, 99.0, std::nullopt, 96.0}),
         Array::of(Numbers{99.0, 37.1, std::nullopt, std::nullopt, std::nullopt})});
    const CleanedVitals out = clean_vitals(in);
    REQUIRE(out.rows.num_rows() == 3);
    CHECK(out.rows.column("heart_rate").get<double>(0) == 70.0);
    CHECK(out.rows.column("spo2").get<double>(0) == 97.0);
    CHECK(out.rows.column("temperature").get<double>(0) == 37.1);  // the first row's own was impossible
    CHECK(text_of(out.rows, "patient_id", 1) == "B");
    CHECK(out.counts.rows_merged == 2);
    CHECK(counts_by_rule(out.quarantine) == std::map<std::string, assay::index>{{"row.conflict", 2},
                                                                                {"row.duplicate", 1},
                                                                                {"temperature.impossible", 1}});
    CHECK(out.quarantine.column("value").get<double>(0) == 99.0);
    CHECK(text_of(out.quarantine, "likely_cause", 0).find("Fahrenheit") != std::string::npos);
    CHECK(out.counts.measurements_read == 10);
    CHECK(out.counts.measurements_accepted == 6);
}

TEST_CASE("empty tables, slices, other numeric types and extra columns") {
    const CleanedVitals empty = clean_vitals(Table::empty(data::VitalSigns::table_schema()));
    CHECK(empty.rows.num_rows() == 0);
    CHECK(empty.quarantine.schema() == measurement_quarantine_schema());

    Numbers values;
    for (int i = 0; i < 200; ++i) values.emplace_back(i % 50 == 7 ? 0.0 : 60.0 + i % 9);
    const Table whole = one_column(data::HeartRate::field(), values);
    const CleanedVitals part = clean_vitals(whole.slice(3, 190));
    CHECK(part.counts.measurements_quarantined == 4);
    CHECK(part.rows.column("heart_rate").is_null(4));
    CHECK(part.rows.column("heart_rate").get<double>(5) == values[8]);

    Field whole_numbers = data::HeartRate::field();
    whole_numbers.type = Type::Int64;
    const Table integers = one_column(data::HeartRate::field(), {70.0, 0.0})
                               .with_column(whole_numbers, Array::of(std::vector<std::optional<std::int64_t>>{70, 0}))
                               .with_column(text_field("ward"), Array::of(Texts{"x", "y"}));
    const CleanedVitals widened = clean_vitals(integers);
    CHECK(widened.rows.column("heart_rate").get<double>(0) == 70.0);
    CHECK(widened.rows.column("heart_rate").is_null(1));
    CHECK(text_of(widened.rows, "ward", 1) == "y");

    CHECK_THROWS_AS(clean_vitals(whole.without_column("patient_id")), SchemaError);
    CHECK_THROWS_AS(clean_vitals(whole.with_column(text_field("heart_rate"), Array::of(Texts(200, "x")))), SchemaError);
}

TEST_CASE("every instruction set judges every value alike, at any length and bit offset") {
    const double infinity = std::numeric_limits<double>::infinity();
    const double pool[] = {1, 350, 0.999, 350.001, std::nan(""), infinity, -infinity, 0, -0.0, 70};
    std::vector<double> values;
    for (std::size_t i = 0; i < 150; ++i) values.push_back(pool[(i * 7 + i / 11) % 10]);
    std::vector<std::uint8_t> bits;
    for (int i = 0; i < 24; ++i) bits.push_back(static_cast<std::uint8_t>(i * 37 + 11));
    const auto& chosen = features::detail::vital_kernels();
    for (const auto* kernels : features::detail::available_vital_kernels()) {
        INFO(kernels->name);
        features::detail::use_vital_kernels(*kernels);
        for (const assay::index offset : {0, 3, 8}) {
            for (assay::index n = 0; n <= 140; ++n) {
                const data::BitmapView measured(bits.data(), offset, n);
                std::vector<std::uint64_t> accepted(static_cast<std::size_t>((n + 63) / 64), ~std::uint64_t{0});
                const auto counts = features::detail::check_limits(values.data(), measured, {1, 350}, accepted.data());
                assay::index expected = 0;
                for (assay::index i = 0; i < static_cast<assay::index>(accepted.size()) * 64; ++i) {
                    const bool is = (accepted[static_cast<std::size_t>(i / 64)] >> (i % 64)) & 1;
                    const bool want = i < n && measured[i] && values[static_cast<std::size_t>(i)] >= 1 &&
                                      values[static_cast<std::size_t>(i)] <= 350;
                    if (is != want) FAIL("row " << i << " of " << n << " from bit " << offset);
                    expected += want;
                }
                CHECK(counts.accepted == expected);
            }
        }
    }
    features::detail::use_vital_kernels(chosen);
}
