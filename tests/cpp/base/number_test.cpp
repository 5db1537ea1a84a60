#include "assay/base/number.hpp"

#include "assay/base/random.hpp"

#include "catch.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <string>

using namespace assay;

TEST_CASE("numbers are written as short as they can be read back") {
    CHECK(to_text(0.1) == "0.1");
    CHECK(to_text(1.0 / 3) == "0.3333333333333333");
    CHECK(to_text(36.6) == "36.6");
    CHECK(to_text(0.0) == "0");
    CHECK(to_text(-0.0) == "-0");
    CHECK(to_text(100'000) == "100000");
    CHECK(to_text(-250'000) == "-250000");
    CHECK(to_text(9'007'199'254'740'993.0) == "9007199254740992");
    CHECK(to_text(1e16) == "1e+16");
    CHECK(to_text(0.00001) == "0.00001");
    CHECK(to_text(0.00000123) == "1.23e-06");
    CHECK(to_text(5e-324) == "5e-324");
    CHECK(to_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
    CHECK(to_text(-std::numeric_limits<double>::infinity()) == "-inf");
}

TEST_CASE("every double comes back bit by bit, within the room that is named") {
    Rng rng(8);
    for (int i = 0; i < 200'000; ++i) {
        double value = std::bit_cast<double>(rng());
        if (i % 2 == 1) value = std::ldexp(rng.uniform() - 0.5, static_cast<int>(rng.integer(-20, 60)));
        if (!std::isfinite(value)) continue;
        const std::string text = to_text(value);
        const auto back = parse_number(text);
        if (!back || std::bit_cast<std::uint64_t>(*back) != std::bit_cast<std::uint64_t>(value)) FAIL(text);
        if (text.size() > number_chars - 1) FAIL(text);
    }
    CHECK(to_text(-1.2345678901234567e-5).size() < number_chars);
    CHECK(parse_number(to_text(std::numeric_limits<double>::max())) == std::numeric_limits<double>::max());
}

TEST_CASE("parse_number reads decimal numbers and nothing else") {
    CHECK(parse_number("12.5") == 12.5);
    CHECK(parse_number("+12.5") == 12.5);
    CHECK(parse_number("-.5") == -0.5);
    CHECK(parse_number("5.") == 5.0);
    CHECK(parse_number("1E3") == 1000.0);
    CHECK(parse_number("1e-400") == 0.0);
    CHECK(std::signbit(*parse_number("-1e-400")));
    for (const char* text : {"", "+", "-", "+-1", "++1", " 1", "1 ", "1,5", "0x10", "nan", "inf", "-Infinity", "1e",
                             "1e400", "-1e400", "1e-400x", "12a", ".", "e5"}) {
        INFO(text);
        CHECK_FALSE(parse_number(text).has_value());
    }
}
