#include "assay/data/units/unit_converter.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/units/analyte.hpp"
#include "catch.hpp"

using namespace assay;
using data::convert;
using data::Substance;
using data::UcumUnit;
using data::UnitConverter;

namespace {

std::string refusal(const std::string& from, const std::string& to, const Substance& substance = {}) {
    try {
        convert(1, from, to, substance);
    } catch (const ValueError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("factors of decimal units are exact") {
    CHECK(convert(7.1, "g/dL", "g/L") == 71.0);
    CHECK(convert(250, "mg", "g") == 0.25);
    CHECK(convert(0.3, "mmol/L", "umol/L") == 300.0);
    CHECK(convert(4.5, "10*3/uL", "10*9/L") == 4.5);
    CHECK(convert(12.5, "ng/mL", "ug/L") == 12.5);
    CHECK(convert(1, "[lb_av]", "g") == 453.59237);
    CHECK(convert(1, "[in_i]", "cm") == 2.54);
    CHECK(convert(60, "U/L", "ukat/L") == 1.0);
    CHECK(convert(1, "kat", "U") == 6e7);
    CHECK(convert(1, "d", "s") == 86400);
    CHECK(convert(3, "mm[Hg]", "kPa") == Approx(0.399966).epsilon(1e-15));
    CHECK(convert(1, "[ft_us]", "m") == Approx(1200.0 / 3937).epsilon(1e-16));
}

TEST_CASE("temperatures are shifted at the place where the shift is a round number") {
    CHECK(convert(98.6, "[degF]", "Cel") == Approx(37.0).epsilon(1e-15));
    CHECK(convert(37, "Cel", "[degF]") == 98.6);
    CHECK(convert(-40, "Cel", "[degF]") == -40);
    CHECK(convert(36.6, "Cel", "K") == 309.75);
    CHECK(convert(0, "K", "Cel") == -273.15);
    CHECK(convert(212, "[degF]", "Cel") == 100);
    CHECK(convert(80, "[degRe]", "Cel") == 100);
    CHECK(convert(37000, "mCel", "Cel") == Approx(37).epsilon(1e-14));
    CHECK(convert(5, "Cel", "Cel") == 5);
}

TEST_CASE("logarithmic scales go through their functions") {
    CHECK(convert(7.4, "[pH]", "nmol/L") == Approx(39.810717055349734).epsilon(1e-13));
    CHECK(convert(40, "nmol/L", "[pH]") == Approx(7.397940008672037).epsilon(1e-14));
    CHECK(std::isnan(convert(0, "nmol/L", "[pH]")));
    CHECK(std::isnan(convert(-1, "nmol/L", "[pH]")));
    CHECK(convert(20, "dB[V]", "V") == Approx(10).epsilon(1e-14));
    CHECK(convert(100, "%[slope]", "deg") == Approx(45).epsilon(1e-14));
    CHECK(convert(3, "bit_s", "1") == Approx(8).epsilon(1e-15));
    CHECK(convert(2, "[m/s2/Hz^(1/2)]", "m2/s4/Hz") == 4);
}

TEST_CASE("mass and amount of substance are joined by the molar mass and by nothing else") {
    const Substance glucose{.molar_mass = 180.156};
    CHECK(convert(90, "mg/dL", "mmol/L", glucose) == Approx(4.995670419).epsilon(1e-9));
    CHECK(convert(5, "mmol/L", "mg/dL", glucose) == Approx(90.078).epsilon(1e-15));
    CHECK(convert(90, "mg/dL", "mmol/L", {.loinc = "2345-7"}) == convert(90, "mg/dL", "mmol/L", glucose));
    CHECK(convert(1, "mg/dL", "umol/L", {.loinc = "2160-0"}) == Approx(88.4017).epsilon(1e-5));  // creatinine
    CHECK_THAT(refusal("mg/dL", "mmol/L"), Catch::Contains("molar_mass"));
    CHECK_THAT(refusal("mg/dL", "mmol/L", {.molar_mass = 0}), Catch::Contains("above 0"));
    CHECK_THAT(refusal("mg/dL", "mmol/L", {.molar_mass = std::numeric_limits<double>::quiet_NaN()}),
               Catch::Contains("above 0"));
    CHECK_THAT(refusal("mg/dL", "mmol/L", {.loinc = "1751-7"}), Catch::Contains("molar_mass"));  // albumin
    CHECK_THAT(refusal("mmol/L", "/L"), Catch::Contains("different kinds"));
    CHECK_THAT(refusal("mg/dL", "mg", glucose), Catch::Contains("different kinds"));
}

TEST_CASE("equivalents need the charge: 1 meq/L of calcium is 0.5 mmol/L") {
    CHECK(convert(1, "meq/L", "mmol/L", {.charge = 2}) == 0.5);
    CHECK(convert(140, "meq/L", "mmol/L", {.loinc = "2951-2"}) == 140);
    CHECK(convert(100, "meq/L", "mmol/L", {.charge = -1}) == 100);
    CHECK(convert(1, "mmol/L", "meq/L", {.charge = 2}) == 2);
    CHECK(convert(5, "meq/L", "mg/dL", {.loinc = "17861-6"}) == Approx(10.0195).epsilon(1e-14));
    CHECK_THAT(refusal("meq/L", "mmol/L"), Catch::Contains("charge"));
    CHECK_THAT(refusal("meq/L", "mmol/L", {.charge = 0}), Catch::Contains("charge"));
    CHECK_THAT(refusal("meq/L", "mmol/L", {.loinc = "2777-1"}), Catch::Contains("charge"));  // phosphate
    CHECK_THAT(refusal("mosm/L", "mmol/L"), Catch::Contains("different kinds"));
}

TEST_CASE("arbitrary units are commensurable with themselves only") {
    CHECK(convert(2.5, "m[IU]/L", "u[iU]/mL") == 2.5);
    CHECK(convert(1, "k[IU]/L", "[IU]/mL") == 1);
    CHECK_THAT(refusal("[IU]/L", "U/L"), Catch::Contains("different kinds"));
    CHECK_THAT(refusal("[arb'U]/mL", "[IU]/mL"), Catch::Contains("different kinds"));
    CHECK_THAT(refusal("[IU]", "1"), Catch::Contains("different kinds"));
}

TEST_CASE("D-dimers of two kinds are never mixed") {
    CHECK(convert(500, "ng/mL{FEU}", "ug/mL{FEU}") == 0.5);
    CHECK_THAT(refusal("ng/mL{FEU}", "ng/mL{DDU}"), Catch::Contains("FEU"));
    CHECK_THAT(refusal("ng/mL{FEU}", "ng/mL"), Catch::Contains("FEU"));
    CHECK(convert(500, "ng/mL", "ug/mL{FEU}", {.loinc = "48065-7"}) == 0.5);
    CHECK_THAT(refusal("ng/mL", "ug/mL{FEU}", {.loinc = "48066-5"}), Catch::Contains("DDU"));
    CHECK(convert(3, "10*3/uL{cells}", "10*9/L") == 3);
}

TEST_CASE("haemoglobin A1c follows IFCC's master equation") {
    const Substance hba1c{.loinc = "4548-4"};
    CHECK(convert(6.5, "%", "mmol/mol", hba1c) == Approx(47.5455).epsilon(1e-12));
    CHECK(convert(48, "mmol/mol", "%", hba1c) == Approx(48 / 10.93 + 2.15).epsilon(1e-14));
    CHECK(convert(0.065, "1", "mmol/mol", hba1c) == Approx(47.5455).epsilon(1e-12));
    CHECK(convert(convert(7.2, "%", "mmol/mol", hba1c), "mmol/mol", "%", hba1c) == Approx(7.2).epsilon(1e-14));
    CHECK_THAT(refusal("mmol/mol", "%"), Catch::Contains("HbA1c"));
    CHECK(convert(20, "mmol/mol", "%", {.loinc = "1751-7"}) == 2);
}

TEST_CASE("a unit with a function has no meaning in a product") {
    CHECK_THAT(refusal("Cel/min", "K/min"), Catch::Contains("product"));
    CHECK(convert(3, "Cel/min", "Cel/min") == 3);
    CHECK_THROWS_AS(UcumUnit::parse("Cel") * UcumUnit::parse("m"), ValueError);
}

TEST_CASE("NaN and infinity stay what they are, arrays are converted element by element") {
    CHECK(std::isnan(convert(std::numeric_limits<double>::quiet_NaN(), "mg", "g")));
    CHECK(std::isnan(convert(std::numeric_limits<double>::quiet_NaN(), "Cel", "[degF]")));
    CHECK(std::isinf(convert(std::numeric_limits<double>::infinity(), "mg", "g")));
    const UnitConverter to_celsius(UcumUnit::parse("[degF]"), UcumUnit::parse("Cel"));
    const std::vector<double> values{32, 212};
    std::vector<double> out(2);
    to_celsius(values, out);
    CHECK(out == std::vector<double>{0, 100});
    std::vector<double> shorter(1);
    CHECK_THROWS_AS(to_celsius(values, shorter), ShapeError);
    CHECK(UnitConverter(UcumUnit::parse("mg/L"), UcumUnit::parse("ug/mL")).is_identity());
    CHECK_FALSE(to_celsius.is_identity());
}

TEST_CASE("what is no unit is refused with the place") {
    const auto message = [](const std::string& code) {
        try {
            UcumUnit::parse(code);
        } catch (const ValueError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(message("mg/dl/") == "unit 'mg/dl/': expected a unit, a number or an annotation at character 7, got its end");
    CHECK(message("mgg/dL") == "unit 'mgg/dL': expected a unit of UCUM at character 1, got 'm'");
    CHECK_THAT(message("g/(L"), Catch::Contains("')'"));
    CHECK_THAT(message("m100"), Catch::Contains("-99 to 99"));
    CHECK_THAT(message("m1000000000000000000000"), Catch::Contains("-99 to 99"));
    CHECK_THAT(message("1234567890123456789"), Catch::Contains("18 digits"));
    CHECK_THAT(message("0.m"), Catch::Contains("above zero"));
    CHECK_THAT(message("{abc"), Catch::Contains("'}'"));
    CHECK_THAT(message("\xc2\xb5g/L"), Catch::Contains("outside ASCII"));
    CHECK_THAT(message(std::string(300, 'm')), Catch::Contains("256"));
    CHECK_THAT(message(std::string(40, '(') + "m" + std::string(40, ')')), Catch::Contains("nested"));
    CHECK_THAT(message("Ym7.Yg7"), Catch::Contains("1e300"));
    CHECK_THAT(message("Ym99.Ym99"), Catch::Contains("exponents of base units"));
    CHECK_THAT(message("m g"), Catch::Contains("unit"));
}

TEST_CASE("K/uL is kelvin per microlitre to UCUM, whatever laboratories mean by it") {
    CHECK(UcumUnit::parse("K/uL").canonical_code() == "K.m-3");
    CHECK(UcumUnit::parse("m/uL").canonical_code() == "m-2");
    CHECK_FALSE(UcumUnit::try_parse("sec").has_value());
    CHECK_FALSE(UcumUnit::try_parse("IU/L").has_value());
}

TEST_CASE("canonical codes and commensurability") {
    CHECK(UcumUnit::parse("mg/dL").canonical_code() == "g.m-3");
    CHECK(UcumUnit::parse("mg/dL").magnitude() == 10);
    CHECK(UcumUnit::parse("%").canonical_code().empty());
    CHECK(UcumUnit::parse("meq/L").canonical_code() == "eq.m-3");
    CHECK(UcumUnit::parse("J").is_commensurable(UcumUnit::parse("kg.m2.s-2")));
    CHECK_FALSE(UcumUnit::parse("mmol/L").is_commensurable(UcumUnit::parse("meq/L")));
    CHECK(UcumUnit::parse("Cel").is_commensurable(UcumUnit::parse("K")));
    CHECK(UcumUnit::parse("").canonical_code().empty());
    CHECK(UcumUnit() == UcumUnit::parse(""));
    CHECK(UcumUnit::parse("m2.m-2").is_commensurable(UcumUnit()));
    CHECK(UcumUnit::parse("[IU]/[IU]").is_commensurable(UcumUnit()));
    CHECK(UcumUnit::parse("(g/L)/(mol/L)").canonical_code() == "g.mol-1");
}

TEST_CASE("there and back again is the same value") {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> any(0.01, 1000);
    const std::vector<std::pair<std::string, std::string>> pairs = {
        {"mg/dL", "g/L"},  {"[degF]", "Cel"}, {"mm[Hg]", "kPa"}, {"[lb_av]", "kg"}, {"a", "h"},
        {"10*3/uL", "/L"}, {"cal", "J"},      {"[gal_us]", "L"}, {"[oz_av]", "g"},  {"bar", "[psi]"}};
    for (int i = 0; i < 2000; ++i) {
        const auto& [from, to] = pairs[random() % pairs.size()];
        const double value = any(random);
        CAPTURE(from, to, value);
        CHECK(convert(convert(value, from, to), to, from) == Approx(value).epsilon(4e-15).margin(1e-12));
    }
}

TEST_CASE("every analyte's molar mass makes the SI factor that is printed for it") {
    // value · factor, factors as printed to four digits in tables of SI units
    const auto factor = [](const std::string& loinc, const std::string& from, const std::string& to) {
        return convert(1, from, to, {.loinc = loinc});
    };
    CHECK(factor("3094-0", "mg/dL", "mmol/L") == Approx(0.3570).epsilon(2e-4));
    CHECK(factor("2160-0", "mg/dL", "umol/L") == Approx(88.40).epsilon(2e-4));
    CHECK(factor("2345-7", "mg/dL", "mmol/L") == Approx(0.05551).epsilon(2e-4));
    CHECK(factor("17861-6", "mg/dL", "mmol/L") == Approx(0.2495).epsilon(2e-4));
    CHECK(factor("19123-9", "mg/dL", "mmol/L") == Approx(0.4114).epsilon(2e-4));
    CHECK(factor("2777-1", "mg/dL", "mmol/L") == Approx(0.3229).epsilon(2e-4));
    CHECK(factor("1975-2", "mg/dL", "umol/L") == Approx(17.10).epsilon(3e-4));
    CHECK(factor("3084-1", "mg/dL", "umol/L") == Approx(59.48).epsilon(2e-4));
    CHECK(factor("2093-3", "mg/dL", "mmol/L") == Approx(0.02586).epsilon(3e-4));
    CHECK(factor("2571-8", "mg/dL", "mmol/L") == Approx(0.01129).epsilon(5e-4));
    CHECK(factor("32693-4", "mg/dL", "mmol/L") == Approx(0.1110).epsilon(2e-4));
    CHECK(factor("3024-7", "ng/dL", "pmol/L") == Approx(12.87).epsilon(2e-4));
    CHECK(factor("2498-4", "ug/dL", "umol/L") == Approx(0.1791).epsilon(2e-4));
    CHECK(factor("2132-9", "pg/mL", "pmol/L") == Approx(0.7378).epsilon(2e-4));
    CHECK(factor("2284-8", "ng/mL", "nmol/L") == Approx(2.266).epsilon(3e-4));
    CHECK(factor("2143-6", "ug/dL", "nmol/L") == Approx(27.59).epsilon(2e-4));
    CHECK(data::find_analyte("0000-0") == nullptr);
}
