#include "assay/data/units/unit_spelling.hpp"

#include <string>
#include <utility>
#include <vector>

#include "assay/data/loinc_reference.hpp"
#include "assay/data/units/reported_unit.hpp"
#include "assay/data/units/unit_converter.hpp"
#include "catch.hpp"

using namespace assay;
using data::read_unit;
using By = data::UnitReading::By;

namespace {

std::string code_of(const std::string& text, const std::string& loinc = "") {
    const auto reading = read_unit(text, loinc);
    return reading ? reading->code : "unread";
}

}  // namespace

TEST_CASE("spellings of laboratories become UCUM") {
    const std::vector<std::pair<std::string, std::string>> spellings = {
        {"K/uL", "10*3/uL"},
        {"k/ul", "10*3/uL"},
        {"m/uL", "10*6/uL"},
        {"x10^3/uL", "10*3/uL"},
        {"10E9/L", "10*9/L"},
        {"e12/l", "10*12/L"},
        {"10^9/L", "10*9/L"},
        {"x10(9)/L", "10*9/L"},
        {"thou/mm3", "10*3/uL"},
        {"sec", "s"},
        {"mm Hg", "mm[Hg]"},
        {"MG/DL", "mg/dL"},
        {"gm/dL", "g/dL"},
        {"G/L", "g/L"},
        {"mcg/mL", "ug/mL"},
        {"\xc2\xb5g/L", "ug/L"},
        {"\xce\xbcmol/L", "umol/L"},
        {"mEq/L", "meq/L"},
        {"IU/L", "[IU]/L"},
        {"mIU/mL", "m[IU]/mL"},
        {"uIU/mL", "u[IU]/mL"},
        {"U/L", "U/L"},
        {"u/l", "U/L"},
        {"mU/L", "mU/L"},
        {"mm/hr", "mm/h"},
        {"mOsm/kg", "mosm/kg"},
        {"mosm/kgh2o", "mosm/kg"},
        {"ng/mL FEU", "ng/mL{FEU}"},
        {"ng/mL{FEU}", "ng/mL{FEU}"},
        {"ug/mL DDU", "ug/mL{DDU}"},
        {"#/hpf", "{#}/[HPF]"},
        {"/hpf", "/[HPF]"},
        {"mg/24h", "mg/(24.h)"},
        {"mL/min/1.73 m2", "mL/min/{1.73_m2}"},
        {"mg/g creat", "mg/g{creat}"},
        {"inr", "{INR}"},
        {"GPL", "[GPL'U]"},
        {"pH", "[pH]"},
        {"\xc2\xb0"
         "C",
         "Cel"},
        {"%", "%"},
        {"copies/mL", "{copies}/mL"},
        {"cells/uL", "{cells}/uL"},
        {"l/min", "L/min"},
        {"fl", "fL"},
    };
    for (const auto& [text, code] : spellings) {
        CAPTURE(text);
        CHECK(code_of(text) == code);
        CHECK(data::UcumUnit::try_parse(code).has_value());
    }
}

TEST_CASE("codes of UCUM mean themselves where no spelling claims them") {
    CHECK(read_unit("mg/dL") == data::UnitReading{"mg/dL", By::ucum});
    CHECK(read_unit("m[IU]/L") == data::UnitReading{"m[IU]/L", By::ucum});
    CHECK(read_unit("10*3/uL") == data::UnitReading{"10*3/uL", By::ucum});
    CHECK(read_unit("kg.m/s2") == data::UnitReading{"kg.m/s2", By::ucum});
    CHECK(read_unit("Pa") == data::UnitReading{"Pa", By::ucum});
    CHECK(read_unit("m") == data::UnitReading{"m", By::ucum});
    CHECK(read_unit(" mg/dL ") == data::UnitReading{"mg/dL", By::ucum});
    CHECK(read_unit("MG/DL")->by == By::spelling);
}

TEST_CASE("the analyte decides between readings") {
    CHECK(read_unit("IU/L", "1742-6") == data::UnitReading{"U/L", By::analyte});  // ALT is a catalytic concentration
    CHECK(code_of("mU/L", "3016-3") == "m[IU]/L");                                // TSH is not
    CHECK(code_of("uU/mL", "3016-3") == "u[IU]/mL");
    CHECK(code_of("units", "2744-1") == "[pH]");
    CHECK(code_of("K/uL", "777-3") == "10*3/uL");
    CHECK(code_of("mg/dL", "2345-7") == "mg/dL");
    CHECK(code_of("mmol/L", "2345-7") == "mmol/L");
    CHECK(code_of("sec", "2345-7") == "s");  // of another kind: read all the same, the caller refuses it
    CHECK(code_of("K/uL", "not a code") == "10*3/uL");
}

TEST_CASE("what is missing or no unit is not read") {
    for (const char* text : {"", "  ", "N/A", "n/a", "#ERROR!", "none", "-", "NULL"}) {
        CAPTURE(text);
        CHECK(data::is_missing_unit(text));
        CHECK_FALSE(read_unit(text).has_value());
    }
    for (const char* text : {"positive", "see comment", "mg/", "//", "mgdl", "\xff\xfe"}) {
        CAPTURE(text);
        CHECK_FALSE(data::is_missing_unit(text));
        CHECK_FALSE(read_unit(text).has_value());
    }
    CHECK_FALSE(read_unit(std::string(1000, 'x')).has_value());
}

TEST_CASE("every unit of the reference table is read as itself") {
    for (const data::LoincReference& reference : data::loinc_references()) {
        CAPTURE(reference.loinc, reference.name, reference.unit);
        CHECK(code_of(reference.unit, reference.loinc) == reference.unit);
    }
}

TEST_CASE("units of bedside charts") {
    for (const char* text : {"bpm", "insp/min", "beats/min", "Breaths per minute", "{beats}/min", "1/min", "/min"}) {
        CAPTURE(text);
        data::ReportedUnits rate("/min");
        const data::UnitConverter* converter = rate.from(text);
        REQUIRE(converter != nullptr);
        CHECK(converter->is_identity());
    }
    for (const char* text : {"C",
                             "\xc2\xb0"
                             "C",
                             "deg C", "Deg. C", "Celsius", "Cel", "\xe2\x84\x83"})
        CHECK(code_of(text) == "Cel");
    for (const char* text : {"F",
                             "\xc2\xb0"
                             "F",
                             "deg F", "[degF]", "\xe2\x84\x89"})
        CHECK(code_of(text) == "[degF]");
    CHECK(code_of("inch") == "[in_i]");
    CHECK(code_of("lbs") == "[lb_av]");
    CHECK(code_of("mmHg") == "mm[Hg]");
    CHECK(code_of("mm[Hg]") == "mm[Hg]");
}

TEST_CASE("reported units are brought to one unit, and what is another quantity is not") {
    data::ReportedUnits temperature("Cel");
    REQUIRE(temperature.from("deg F") != nullptr);
    CHECK((*temperature.from("deg F"))(98.6) == 37.0);
    CHECK(temperature.from("mmHg") == nullptr);
    CHECK(temperature.from("") == nullptr);
    CHECK((*data::ReportedUnits("cm").from("in"))(10) == 25.4);
    CHECK((*data::ReportedUnits("kg").from("lb"))(1) == 0.45359237);
    CHECK(data::ReportedUnits("{INR}", "6301-6").from("%") == nullptr);
    CHECK(data::ReportedUnits("ng/mL{FEU}", "48065-7").from("ng/mL") == nullptr);  // FEU or DDU is not said
    CHECK((*data::ReportedUnits("ng/mL{FEU}", "48065-7").from("ug/mL FEU"))(1) == 1000);
    CHECK(data::ReportedUnits("a site's own").from("a site's own")->is_identity());
    CHECK(data::ReportedUnits("a site's own").from("mg") == nullptr);
    data::ReportedUnits many("mg/dL");
    for (int i = 0; i < 500; ++i) CHECK(many.from("nonsense " + std::to_string(i)) == nullptr);
    CHECK(many.from("MG/DL")->is_identity());
    CHECK(data::ReportedUnits::code_of("K/uL") == "10*3/uL");
    CHECK(data::ReportedUnits::code_of("furlongs") == "furlongs");
}
