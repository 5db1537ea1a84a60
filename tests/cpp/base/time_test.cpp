#include "assay/base/time.hpp"

#include "catch.hpp"

#include <limits>
#include <string>
#include <type_traits>

using namespace assay;

namespace {

std::int64_t micros_of(std::string_view text) {
    const auto time = parse_timestamp(text);
    REQUIRE(time.has_value());
    return time->micros();
}

}  // namespace

static_assert(std::is_trivially_copyable_v<Timestamp> && sizeof(Timestamp) == 8);
static_assert(std::is_trivially_copyable_v<Date> && sizeof(Date) == 4);
static_assert(Timestamp{Date{CivilDate{2000, 3, 1}}}.micros() == 951'868'800'000'000);

TEST_CASE("civil dates agree with known days") {
    CHECK(days_from_civil({1970, 1, 1}) == 0);
    CHECK(days_from_civil({1969, 12, 31}) == -1);
    CHECK(days_from_civil({2000, 2, 29}) == 11016);
    CHECK(days_from_civil({1, 1, 1}) == -719162);
    CHECK(days_from_civil({9999, 12, 31}) == 2932896);
    CHECK(days_from_civil({-4, 3, 1}) - days_from_civil({-4, 2, 29}) == 1);
    CHECK(days_from_civil({0, 3, 1}) == -719468);  // the algorithm's own epoch
}

TEST_CASE("civil dates round-trip day by day over two eras and at the ends of int32") {
    CivilDate expected{1600, 1, 1};
    for (std::int32_t day = days_from_civil(expected); expected.year < 2400; ++day) {
        const CivilDate got = civil_from_days(day);
        if (got != expected || days_from_civil(got) != day) FAIL("day " << day);
        if (++expected.day > days_in_month(expected.year, expected.month)) {
            expected.day = 1;
            if (++expected.month > 12) expected = {expected.year + 1, 1, 1};
        }
    }
    for (const std::int32_t day :
         {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}) {
        CHECK(days_from_civil(civil_from_days(day)) == day);
    }
}

TEST_CASE("is_valid follows the Gregorian leap years") {
    CHECK(is_valid({2000, 2, 29}));
    CHECK(is_valid({2024, 2, 29}));
    CHECK_FALSE(is_valid({1900, 2, 29}));
    CHECK_FALSE(is_valid({2023, 2, 29}));
    CHECK_FALSE(is_valid({2023, 4, 31}));
    CHECK_FALSE(is_valid({2023, 0, 1}));
    CHECK_FALSE(is_valid({2023, 13, 1}));
    CHECK_FALSE(is_valid({2023, 1, 0}));
    CHECK_FALSE(is_valid({0, 1, 1}));
    CHECK_FALSE(is_valid({10000, 1, 1}));
}

TEST_CASE("parse_date accepts YYYY-MM-DD only") {
    CHECK(parse_date("1970-01-01") == Date{0});
    CHECK(parse_date("0001-01-01") == Date{-719162});
    CHECK(parse_date("9999-12-31") == Date{2932896});
    CHECK(parse_date("2024-02-29").has_value());
    for (const char* text : {"", "2024-02-30", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00",
                             "0000-01-01", "2024-1-01", "2024/01/01", "20240101", " 2024-01-01", "2024-01-01 ",
                             "2024-01-0a", "2024-01-:1", "202a-01-01", "+024-01-01", "2024-01-0\xb1",
                             "\xb2"
                             "024-01-01"}) {
        INFO(text);
        CHECK_FALSE(parse_date(text).has_value());
    }
}

TEST_CASE("parse_timestamp reads every form that is documented") {
    CHECK(micros_of("1970-01-01T00:00:00Z") == 0);
    CHECK(micros_of("1970-01-01 00:00") == 0);
    CHECK(micros_of("1970-01-01T00:00:01") == 1'000'000);
    CHECK(micros_of("2001-09-09T01:46:40Z") == 1'000'000'000'000'000);  // the billionth second
    CHECK(micros_of("1969-12-31T23:59:59.999999Z") == -1);
    CHECK(micros_of("1970-01-01T00:00:00.5") == 500'000);
    CHECK(micros_of("1970-01-01T00:00:00.123456") == 123'456);
    CHECK(micros_of("1970-01-01T00:00:00.123456000Z") == 123'456);
    CHECK(micros_of("1970-01-01T09:00+09:00") == 0);
    CHECK(micros_of("1970-01-01T09:00:00+0900") == 0);
    CHECK(micros_of("1969-12-31 18:30:00.25-05:30") == 250'000);
    CHECK(micros_of("1970-01-01T00:00-00:00") == 0);
    CHECK(parse_timestamp("0001-01-01 00:00:00") == Timestamp{Date{CivilDate{1, 1, 1}}});
    CHECK(parse_timestamp("9999-12-31 23:59:59.999999") ==
          Timestamp{Timestamp{Date{CivilDate{10000, 1, 1}}}.micros() - 1});
}

TEST_CASE("parse_timestamp rejects everything else") {
    for (const char* text : {"",
                             "2024-01-01",
                             "2024-01-01T",
                             "2024-01-01T24:00",
                             "2024-01-01 24:00:00",
                             "2024-01-01T23:60",
                             "2024-01-01T23:59:60",
                             "2024-01-01 23:59:60Z",
                             "2024-02-30 00:00:00",
                             "2023-02-29T00:00",
                             "2024-01-01t00:00:00",
                             "2024-01-01  00:00:00",
                             "2024-01-01_00:00:00",
                             "2024-01-01 00:00:0",
                             "2024-01-01 00:00:",
                             "2024-01-01 00-00:00",
                             "2024-01-01 00:00-00",
                             "2024-01-01 00:00.5",
                             "2024-01-01 00:00:00.",
                             "2024-01-01 00:00:00.Z",
                             "2024-01-01 00:00:00.1234567",
                             "2024-01-01 00:00:00.1234560000",
                             "2024-01-01 00:00:00,5",
                             "2024-01-01 00:00:00z",
                             "2024-01-01 00:00:00 Z",
                             "2024-01-01 00:00:00+9",
                             "2024-01-01 00:00:00+09",
                             "2024-01-01 00:00:00+24:00",
                             "2024-01-01 00:00:00+09:60",
                             "2024-01-01 00:00:00+09-00",
                             "2024-01-01 00:00:00+090",
                             "2024-01-01 00:00:00+9:000",
                             "2024-01-01 00:00:00Zx",
                             "24-01-01 00:00:00",
                             "0000-12-31 00:00:00",
                             "0001-01-01T00:00+00:01",
                             "9999-12-31T23:59:59.999999-00:01",
                             "2024-01-01 00:00:6a",
                             "2024-01-01 00:00:a0",
                             "2024-01-01 00:00x00",
                             "2024-01-01 \xb0"
                             "0:00:00",
                             "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
        INFO(text);
        CHECK_FALSE(parse_timestamp(text).has_value());
    }
}

TEST_CASE("every single-byte change of a timestamp is rejected or gives another moment") {
    const std::string good = "2024-05-16 12:34:56";
    const auto expected = parse_timestamp(good);
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (int c = 0; c < 256; ++c) {
            std::string text = good;
            text[i] = static_cast<char>(c);
            const auto got = parse_timestamp(text);
            const bool digit_place = good[i] >= '0' && good[i] <= '9';
            const bool digit = c >= '0' && c <= '9';
            const bool same = text == good || (i == 10 && c == 'T');
            if (digit_place && !digit && got) FAIL(i << " " << c);
            if (!digit_place && !same && got) FAIL(i << " " << c);
            if ((got == expected) != same) FAIL(i << " " << c);
        }
    }
}

TEST_CASE("a bare time is UTC, whatever TZ says") {
    CHECK(parse_timestamp("2024-07-01 12:00:00") == parse_timestamp("2024-07-01T12:00:00Z"));
}

TEST_CASE("to_iso8601 writes what parse_timestamp reads") {
    CHECK(to_iso8601(Date{0}) == "1970-01-01");
    CHECK(to_iso8601(Date{CivilDate{33, 4, 3}}) == "0033-04-03");
    CHECK(to_iso8601(Date{CivilDate{12345, 1, 2}}) == "+12345-01-02");
    CHECK(to_iso8601(Date{CivilDate{-44, 3, 15}}) == "-0044-03-15");
    CHECK(to_iso8601(Timestamp{0}) == "1970-01-01T00:00:00Z");
    CHECK(to_iso8601(Timestamp{-1}) == "1969-12-31T23:59:59.999999Z");
    CHECK(to_iso8601(Timestamp{1'000'000'000'000'001}) == "2001-09-09T01:46:40.000001Z");
    CHECK(to_iso8601(Timestamp{std::numeric_limits<std::int64_t>::min()}) == "-290308-12-21T19:59:05.224192Z");
    CHECK(to_iso8601(Timestamp{std::numeric_limits<std::int64_t>::max()}) == "+294247-01-10T04:00:54.775807Z");
    std::int64_t micros = Timestamp{Date{CivilDate{1, 1, 1}}}.micros();
    const std::int64_t last = Timestamp{Date{CivilDate{10000, 1, 1}}}.micros();
    for (std::int64_t step = 1; micros < last; micros += step, step = step * 3 % 97'000'000'000'003 + 1) {
        const auto text = to_iso8601(Timestamp{micros});
        if (parse_timestamp(text) != Timestamp{micros}) FAIL(text);
    }
}

TEST_CASE("moments add, subtract and fall into days") {
    using namespace std::chrono_literals;
    const Timestamp noon = *parse_timestamp("2024-02-29 12:00:00");
    CHECK(to_iso8601(noon + 24h) == "2024-03-01T12:00:00Z");
    CHECK(to_iso8601((noon - 12h - 1us).date()) == "2024-02-28");
    CHECK((noon + 90s) - noon == 90s);
    CHECK(noon < noon + 1us);
    CHECK(Timestamp{-1}.date() == Date{-1});
    CHECK(Timestamp{-Timestamp::micros_per_day}.date() == Date{-1});
    CHECK(now() > *parse_timestamp("2020-01-01 00:00"));
}
