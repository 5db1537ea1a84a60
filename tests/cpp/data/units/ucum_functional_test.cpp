// The functional tests that UCUM's maintainers publish, all of them.

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/units/unit_converter.hpp"
#include "catch.hpp"
#include "test_data.hpp"

using namespace assay;
using data::UcumUnit;

namespace {

using Attributes = std::map<std::string, std::string>;

/// "&#232;" as UTF-8.
std::string utf8(unsigned long code) {
    if (code < 0x80) return {static_cast<char>(code)};
    std::string text;
    if (code < 0x800) {
        text += static_cast<char>(0xC0 | (code >> 6));
    } else {
        text += static_cast<char>(0xE0 | (code >> 12));
        text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    }
    return text + static_cast<char>(0x80 | (code & 0x3F));
}

std::string unescaped(std::string text) {
    for (const auto& [entity, character] : std::vector<std::pair<std::string, std::string>>{
             {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}) {
        for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; at += character.size()) {
            text.replace(at, entity.size(), character);
        }
    }
    for (std::size_t at = 0; (at = text.find("&#", at)) != std::string::npos; ++at) {
        text.replace(at, text.find(';', at) + 1 - at, utf8(std::stoul(text.substr(at + 2))));
    }
    return text;
}

/// The attributes of every <case> within <section>, comments left out; enough of XML for this file.
std::vector<Attributes> cases_of(std::string xml, const std::string& section) {
    for (std::size_t at; (at = xml.find("<!--")) != std::string::npos;) xml.erase(at, xml.find("-->", at) + 3 - at);
    const std::size_t begin = xml.find("<" + section + ">");
    const std::size_t end = xml.find("</" + section + ">");
    REQUIRE(begin < end);
    std::vector<Attributes> cases;
    for (std::size_t at = xml.find("<case ", begin); at < end; at = xml.find("<case ", at + 1)) {
        const std::string element = xml.substr(at + 6, xml.find("/>", at) - at - 6);
        Attributes attributes;
        std::size_t place = 0;
        for (std::size_t equals; (equals = element.find("=\"", place)) != std::string::npos;) {
            const std::size_t name = element.find_last_of(" \t\n\r", equals);
            const std::size_t close = element.find('"', equals + 2);
            attributes[element.substr(name == std::string::npos ? 0 : name + 1,
                                      equals - (name == std::string::npos ? 0 : name + 1))] =
                unescaped(element.substr(equals + 2, close - equals - 2));
            place = close + 1;
        }
        cases.push_back(attributes);
    }
    return cases;
}

const std::string kFile = "ucum/UcumFunctionalTests.xml";

/// Digits that carry information: 2 of "25", 3 of "0.160", 1 of "1e-7".
int significant_digits(const std::string& number) {
    const std::string mantissa = number.substr(0, number.find('e'));
    int digits = 0;
    bool leading = true;
    for (const char c : mantissa) {
        if (c < '0' || c > '9') continue;
        leading = leading && c == '0';
        if (!leading) ++digits;
    }
    return digits;
}

/// Whether `value` is `outcome` to the digits that it gives; whole numbers may end in zeros that carry nothing.
bool agrees(double value, const std::string& outcome) {
    const double expected = std::stod(outcome);
    const int digits = std::min(significant_digits(outcome), 15);
    const double unit_of_last = std::pow(10.0, std::floor(std::log10(std::fabs(expected))) - (digits - 1));
    return std::fabs(value - expected) <= 0.5000001 * unit_of_last;
}

}  // namespace

TEST_CASE("every code of UCUM's functional tests is valid or refused as they say") {
    const auto xml = tests::shared_text(kFile);
    if (!xml) return;
    const auto cases = cases_of(*xml, "validation");
    REQUIRE(cases.size() == 529);
    for (const Attributes& one : cases) {
        CAPTURE(one.at("id"), one.at("unit"));
        CHECK(UcumUnit::try_parse(one.at("unit")).has_value() == (one.at("valid") == "true"));
    }
}

TEST_CASE("UCUM's functional tests of names") {
    const auto xml = tests::shared_text(kFile);
    if (!xml) return;
    const auto cases = cases_of(*xml, "displayNameGeneration");
    REQUIRE(cases.size() == 9);
    for (const Attributes& one : cases) CHECK(UcumUnit::parse(one.at("unit")).display_name() == one.at("display"));
}

TEST_CASE("UCUM's functional tests of conversions") {
    const auto xml = tests::shared_text(kFile);
    if (!xml) return;
    const auto cases = cases_of(*xml, "conversion");
    REQUIRE(cases.size() == 30);
    for (const Attributes& one : cases) {
        const double value = data::convert(std::stod(one.at("value")), one.at("srcUnit"), one.at("dstUnit"));
        CAPTURE(one.at("id"), one.at("srcUnit"), one.at("dstUnit"), value);
        CHECK(agrees(value, one.at("outcome")));
    }
}

TEST_CASE("UCUM's functional tests of products and quotients") {
    const auto xml = tests::shared_text(kFile);
    if (!xml) return;
    const auto products = cases_of(*xml, "multiplication");
    const auto quotients = cases_of(*xml, "division");
    REQUIRE(products.size() == 2);
    REQUIRE(quotients.size() == 3);
    for (const auto* cases : {&products, &quotients}) {
        for (const Attributes& one : *cases) {
            const UcumUnit u1 = UcumUnit::parse(one.at("u1"));
            const UcumUnit u2 = UcumUnit::parse(one.at("u2"));
            const double v1 = std::stod(one.at("v1"));
            const double v2 = std::stod(one.at("v2"));
            const UcumUnit result = cases == &products ? u1 * u2 : u1 / u2;
            const UcumUnit expected = UcumUnit::parse(one.at("uRes"));
            CAPTURE(one.at("id"), result.code());
            REQUIRE(result.is_commensurable(expected));
            const double value = cases == &products ? v1 * v2 : v1 / v2;
            CHECK(agrees(value * result.magnitude() / expected.magnitude(), one.at("vRes")));
        }
    }
}
