#include "assay/data/laboratory/result_value.hpp"

#include <string>

#include "assay/base/number.hpp"
#include "assay/data/laboratory/result_time.hpp"
#include "catch.hpp"
#include "data/laboratory/words.hpp"

using namespace assay;
using data::parse_result_time;
using data::parse_result_value;

TEST_CASE("a result is a number with its comparator, or a text", "[laboratory]") {
    const auto check = [](std::string_view written, std::string_view comparator, std::optional<double> number) {
        INFO(written);
        const data::ReportedValue value = parse_result_value(written);
        CHECK(value.comparator == comparator);
        CHECK(value.number == number);
    };
    check("5.4", "", 5.4);
    check(" -0.5 ", "", -0.5);
    check("<0.01", "<", 0.01);
    check("> 90", ">", 90);
    check("\u22645", "<=", 5);
    check("=<2", "<=", 2);
    check(">=1.030", ">=", 1.03);
    check("\u22651", ">=", 1);
    check("LESS THAN 5", "<", 5);
    check("Greater than 1.050", ">", 1.05);
    check("1.2e3", "", 1200);
    check(".5", "", 0.5);
}

TEST_CASE("what is not wholly a number stays a text, word for word", "[laboratory]") {
    for (const char* written : {"1+", "+1", "3-5", "1:80", "5 mg/dL", "1,200", "NEG", "<", "< low", "nan", "inf",
                                "1e999", "0x10", "--5", "5..2", "1 2"}) {
        INFO(written);
        const data::ReportedValue value = parse_result_value(written);
        CHECK(!value.number);
        CHECK(value.comparator.empty());
        CHECK(value.text == written);
    }
    CHECK(parse_result_value("").text.empty());
    CHECK(parse_result_value("  ").text.empty());
}

TEST_CASE("more digits than a double holds are kept as written beside the number", "[laboratory]") {
    CHECK(parse_result_value("12345678901234567").text == "12345678901234567");
    CHECK(parse_result_value("12345678901234567").number == 12345678901234567.0);
    CHECK(parse_result_value("0.000000000000000125").text.empty());
    CHECK(parse_result_value("123456789012345").text.empty());
}

TEST_CASE("a decimal comma is read where it is asked for", "[laboratory]") {
    CHECK(parse_result_value("<1,5", ',').number == 1.5);
    CHECK(!parse_result_value("1.200", ',').number);
    CHECK(!parse_result_value("1,2,3", ',').number);
}

TEST_CASE("times of every source are read to the same moment", "[laboratory]") {
    const auto micros = [](std::string_view text, data::TimeReading reading = {}) -> std::optional<std::int64_t> {
        INFO(text);
        const auto time = parse_result_time(text, reading);
        return time ? std::optional(time->micros()) : std::nullopt;
    };
    constexpr std::int64_t kMoment = 1714552200'000000;  // 2024-05-01T08:30:00Z
    constexpr std::int64_t kDay = 1714521600'000000;
    for (const char* text :
         {"2024-05-01T08:30:00Z", "2024-05-01 08:30:00", "2024-05-01T08:30", "2024-05-01T10:30:00+02:00",
          "202405010830", "20240501083000", "20240501103000+0200", "202405010430-0400", "20240501083000.0000",
          "01.05.2024 08:30", "1.5.2024 8:30", "2024-05-01T08:30:00.000+00:00"}) {
        INFO(text);
        CHECK(micros(text) == kMoment);
    }
    for (const char* text : {"2024-05-01", "20240501", "2024-05", "202405"}) CHECK(micros(text) == kDay);
    CHECK(micros("2024") == 1704067200'000000);
    CHECK(micros("2024-0500") == 1704067200'000000 + 5 * 3600'000000LL);  // HL7: a year, five hours west
    CHECK(micros("20240501083000.123456789Z") == kMoment + 123456);
    CHECK(micros("2024-05-01T08:30:00.5Z") == kMoment + 500000);
    CHECK(micros("2024-05-01T08:29:60Z") == kMoment);
    CHECK(micros("2024-05-01 10:30:00", {120, {}, {}}) == kMoment);
    CHECK(micros("2024-05-01T08:30:00Z", {120, {}, {}}) == kMoment);
    CHECK(micros("01/05/2024 08:30", {0, data::DateOrder::DayFirst, {}}) == kMoment);
    CHECK(micros("05/01/2024 8:30 AM", {0, data::DateOrder::MonthFirst, {}}) == kMoment);
    CHECK(micros("05/01/2024 12:00 am", {0, data::DateOrder::MonthFirst, {}}) == kDay);
}

TEST_CASE("what is no time is none", "[laboratory]") {
    for (const char* text : {"",
                             "x",
                             "05/01/2024",
                             "2024-13-01",
                             "2024-02-30",
                             "20240230",
                             "2024-05-01T24:00",
                             "24:00",
                             "2024-05-01T08:60",
                             "20245",
                             "2024050",
                             "2024-05-01T",
                             "2024-05-01T08",
                             "0000-01-01",
                             "20240501083000.",
                             "2024-05-01T08:30:00+2",
                             "2024-05-01T08:30:00+15:00",
                             "20240501+02:0",
                             "13/13/2024",
                             "99999999999999",
                             "2024-05-01T13:30 PM",
                             "2024-05-01T08:30:00Zx"}) {
        INFO(text);
        CHECK(!parse_result_time(text));
    }
    CHECK(!parse_result_time("13/01/2024", {0, data::DateOrder::MonthFirst, {}}));
}

TEST_CASE("reference ranges and statuses are read as laboratories write them", "[laboratory]") {
    using Ends = std::pair<std::optional<double>, std::optional<double>>;
    const auto ends = [](std::string_view text) { return data::laboratory::reference_ends(text, '.'); };
    CHECK(ends("3.5-5.1") == Ends{3.5, 5.1});
    CHECK(ends("3.5 - 5.1") == Ends{3.5, 5.1});
    CHECK(ends("-3--1") == Ends{-3.0, -1.0});
    CHECK(ends("-2 to 2") == Ends{-2.0, 2.0});
    CHECK(ends("<5") == Ends{std::nullopt, 5.0});
    CHECK(ends(">= 60") == Ends{60.0, std::nullopt});
    CHECK(!ends("negative"));
    CHECK(!ends("5.1-3.5"));
    CHECK(!ends("5"));
    CHECK(data::laboratory::status_word("F") == "final");
    CHECK(data::laboratory::status_word("C") == "corrected");
    CHECK(data::laboratory::status_word("D") == "entered-in-error");
    CHECK(data::laboratory::status_word("Final") == "final");
    CHECK(data::laboratory::status_word("Z") == "Z");
    CHECK(data::laboratory::flag_word("HIGH") == "H");
}

TEST_CASE("of statuses and flags only codes and known words are kept", "[laboratory]") {
    using data::laboratory::known_flag;
    using data::laboratory::known_status;
    CHECK(known_status("Canceled") == "cancelled");
    CHECK(known_status(" Entered in error ") == "entered-in-error");
    CHECK(known_status("VERIFIED") == "final");
    CHECK(known_status("unknown") == "unknown");
    CHECK(known_status("Z").empty());
    CHECK(known_status("told Dr Mabuse by telephone").empty());
    CHECK(known_status("").empty());
    CHECK(known_flag("h") == "H");
    CHECK(known_flag("Positive") == "POS");
    CHECK(known_flag("H*") == "H*");
    CHECK(known_flag("<") == "<");
    CHECK(known_flag("see Dr Mabuse").empty());
    CHECK(known_flag("h*").empty());  // a code with a sign is taken as it is written, or not at all
}

TEST_CASE("numbers read to the nearest double, as std::from_chars does", "[laboratory]") {
    std::uint64_t state = 42;
    for (int i = 0; i < 20000; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        std::string text = std::to_string(state >> (8 + i % 50));
        text = text.substr(0, 15);
        const std::size_t point = static_cast<std::size_t>(i) % (text.size() + 1);
        if (point < text.size()) text.insert(point, ".");
        INFO(text);
        CHECK(parse_result_value(text).number == parse_number(text));
    }
}

TEST_CASE("local times follow the clocks of their place", "[laboratory]") {
    // Central Europe in 2024: summer time from 31 March 01:00 UTC to 27 October 01:00 UTC.
    const data::TimeReading berlin{60, {}, {{1711846800, 7200}, {1729990800, 3600}}};
    const auto second = [&](std::string_view text) {
        const auto time = parse_result_time(text, berlin);
        return time ? time->micros() / 1'000'000 : -1;
    };
    CHECK(second("2024-03-31 01:59:59") == 1711846799);
    CHECK(second("2024-03-31 03:00:00") == 1711846800);
    CHECK(second("2024-03-31 02:30") == -1);  // left out
    CHECK(second("2024-03-31 02:00:00") == -1);
    CHECK(second("2024-03-31 02:59:59") == -1);
    CHECK(second("20240331023000") == -1);
    CHECK(second("31.03.2024 02:30") == -1);
    CHECK(second("2024-03-31T02:30:00+01:00") == 1711846800 + 1800);
    CHECK(second("202405010830") == 1714545000);
    CHECK(second("2024-10-27 01:59:59") == 1729990800 - 3601);
    CHECK(second("2024-10-27 02:00:00") == 1729990800);  // shown twice: the second
    CHECK(second("2024-10-27 02:30:00") == 1729990800 + 1800);
    CHECK(second("2024-10-27 03:00:00") == 1729990800 + 3600);
    CHECK(second("2024-05-01T08:30:00Z") == 1714552200);
    CHECK(data::is_skipped_time("2024-03-31 02:30", berlin));
    CHECK(!data::is_skipped_time("2024-03-31 03:00:00", berlin));
    CHECK(!data::is_skipped_time("2024-10-27 02:30:00", berlin));
    CHECK(!data::is_skipped_time("2024-03-31 25:30", berlin));
    CHECK(!data::is_skipped_time("2024-03-31T02:30:00+01:00", berlin));
    CHECK(!data::is_skipped_time("2024-03-31 02:30", {}));
}

TEST_CASE("a date is a day even where the clocks leave its midnight out", "[laboratory]") {
    // Chile in 2024: from -04:00 to -03:00 on 8 September 04:00 UTC, which is midnight there.
    const data::TimeReading santiago{-240, data::DateOrder::DayFirst, {{1725768000, -10800}}};
    for (const char* day : {"2024-09-08", "20240908", "8.9.2024", "08/09/2024"}) {
        CAPTURE(day);
        CHECK(parse_result_time(day, santiago) == Timestamp{1725768000'000000});
        CHECK(!data::is_skipped_time(day, santiago));
    }
    for (const char* time : {"2024-09-08 00:00:00", "2024-09-08 00:30", "2024090800", "8.9.2024 00:30"}) {
        CAPTURE(time);
        CHECK(!parse_result_time(time, santiago));
        CHECK(data::is_skipped_time(time, santiago));
    }
    CHECK(parse_result_time("2024-09-08 01:00:00", santiago) == Timestamp{1725768000'000000});
    // Samoa in 2011: from -10:00 to +14:00 on 30 December 10:00 UTC; there was no 30 December.
    const data::TimeReading apia{-600, {}, {{1325239200, 50400}}};
    CHECK(!parse_result_time("2011-12-30", apia));
    CHECK(data::is_skipped_time("2011-12-30", apia));
    CHECK(parse_result_time("2011-12-29", apia) == Timestamp{1325152800'000000});
    CHECK(parse_result_time("2011-12-31", apia) == Timestamp{1325239200'000000});
}

TEST_CASE("local times west of Greenwich, and of Lord Howe's half hour", "[laboratory]") {
    // New York in 2024: 10 March 07:00 UTC to 3 November 06:00 UTC.
    const data::TimeReading new_york{-300, {}, {{1710054000, -14400}, {1730613600, -18000}}};
    CHECK(!parse_result_time("2024-03-10 02:00:00", new_york));
    CHECK(parse_result_time("2024-03-10 01:59:59", new_york) == Timestamp{1710053999'000000});
    CHECK(parse_result_time("2024-03-10 03:00:00", new_york) == Timestamp{1710054000'000000});
    CHECK(parse_result_time("2024-11-03 01:30:00", new_york) == Timestamp{1730615400'000000});
    CHECK(parse_result_time("2024-11-03 00:59:59", new_york) == Timestamp{1730609999'000000});
    // Lord Howe in 2024: from +11:00 to +10:30 on 6 April 15:00 UTC, back on 5 October 15:30 UTC.
    const data::TimeReading lord_howe{660, {}, {{1712415600, 37800}, {1728142200, 39600}}};
    CHECK(parse_result_time("2024-04-07 01:45:00", lord_howe) == Timestamp{1712416500'000000});
    CHECK(parse_result_time("2024-04-07 01:29:00", lord_howe) == Timestamp{1712413740'000000});
    CHECK(data::is_skipped_time("2024-10-06 02:15", lord_howe));
    CHECK(parse_result_time("2024-10-06 02:30", lord_howe) == Timestamp{1728142200'000000});
}
