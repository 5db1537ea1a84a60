#include <bit>
#include <charconv>
#include <cstdio>
#include <random>

#include "catch.hpp"
#include "data/csv_helpers.hpp"

namespace csv_test {

// Numbers must have the bits that std::from_chars gives.
namespace {

/// Reads texts as one column and compares each with from_chars.
template <class T>
void check_against_from_chars(const std::vector<std::string>& texts) {
    CsvOptions options = with_schema({field("x", type_of<T>), field("y", Type::Utf8)});
    CsvDialect dialect;
    options.dialect = dialect;
    options.null_values = {};
    std::string csv = "x,y\n";
    for (const std::string& text : texts) csv += text + ",\n";
    const CsvResult result = read(csv, options);
    const Table& rejected = result.rejected.table();
    index row = 0;
    index bad = 0;
    for (const std::string& text : texts) {
        T expected{};
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), expected);
        CAPTURE(text);
        if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()) {
            const T got = result.rows.column("x").values<T>()[static_cast<std::size_t>(row++)];
            REQUIRE(std::memcmp(&got, &expected, sizeof(T)) == 0);
        } else {
            REQUIRE(text_of(rejected, "raw", bad++) == text + ",");
        }
    }
    CHECK(bad == rejected.num_rows());
}

}  // namespace

TEST_CASE("csv numbers: edges of the quick forms") {
    check_against_from_chars<double>({"0",
                                      "-0",
                                      "0.0",
                                      "-0.0",
                                      "1",
                                      "9",
                                      "10",
                                      "99999999",
                                      "100000000",
                                      "1.5",
                                      ".5",
                                      "5.",
                                      "-.5",
                                      ".",
                                      "-",
                                      "+1",
                                      "1.2.3",
                                      "1..2",
                                      "--1",
                                      "1-2",
                                      "0x10",
                                      "1e5",
                                      "1E-5",
                                      "1e",
                                      "1e400",
                                      "-1e400",
                                      "1e-400",
                                      "4.9e-324",
                                      "2.2250738585072014e-308",
                                      "1.7976931348623157e308",
                                      "9007199254740992",
                                      "9007199254740993",
                                      "9007199254740993.0",
                                      "0.1",
                                      "0.3",
                                      "123456.7",
                                      "1234567.",
                                      ".1234567",
                                      "12345678.9",
                                      "3.14159265358979323846",
                                      "1.0000000000000002",
                                      "1.00000000000000011102230246251565",
                                      "00012",
                                      "12:5",
                                      "1/2",
                                      "1;5",
                                      "12 3",
                                      "a",
                                      "1a",
                                      "nan",
                                      "inf",
                                      "-inf",
                                      "infinity",
                                      "99999999999999999999999999",
                                      "0.000000000000000000000000001"});
}

TEST_CASE("csv numbers: random doubles in every form") {
    std::mt19937_64 random(99);
    std::vector<std::string> texts;
    for (int i = 0; i < 20000; ++i) {
        char text[64];
        const double value = std::bit_cast<double>(random());
        if (value != value) continue;
        const double small = static_cast<double>(random() % 1000000) / 1000.0;
        switch (i % 5) {
            case 0:
                std::snprintf(text, sizeof text, "%.17g", value);
                break;
            case 1:
                std::snprintf(text, sizeof text, "%.*f", static_cast<int>(random() % 4), small);
                break;
            case 2:
                std::snprintf(text, sizeof text, "%.*g", static_cast<int>(random() % 20), small);
                break;
            case 3:
                std::snprintf(text, sizeof text, "-%.1f", small);
                break;
            default:
                std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(random() >> (random() % 60)));
        }
        texts.emplace_back(text);
    }
    check_against_from_chars<double>(texts);
    check_against_from_chars<float>(texts);
}

TEST_CASE("csv numbers: every text of up to four characters that matter") {
    const std::string alphabet = "09.-5 :/e";
    std::vector<std::string> texts;
    for (std::size_t a = 0; a < alphabet.size(); ++a) {
        texts.push_back(alphabet.substr(a, 1));
        for (std::size_t b = 0; b < alphabet.size(); ++b) {
            texts.push_back(texts[0].assign(1, alphabet[a]) + alphabet[b]);
            for (std::size_t c = 0; c < alphabet.size(); ++c) {
                texts.push_back(std::string{alphabet[a], alphabet[b], alphabet[c]});
                for (const char d : alphabet) texts.push_back(std::string{alphabet[a], alphabet[b], alphabet[c], d});
            }
        }
    }
    // Blanks around numbers are allowed, which from_chars does not do.
    std::erase_if(texts, [](const std::string& text) { return text.find(' ') != std::string::npos; });
    check_against_from_chars<double>(texts);
}

TEST_CASE("csv numbers: integers") {
    std::vector<std::string> texts{"0",
                                   "-0",
                                   "1",
                                   "-1",
                                   "99999999",
                                   "100000000",
                                   "9223372036854775807",
                                   "9223372036854775808",
                                   "-9223372036854775808",
                                   "2147483647",
                                   "2147483648",
                                   "-2147483648",
                                   "+5",
                                   "1.5",
                                   "",
                                   "x",
                                   "00007"};
    check_against_from_chars<std::int64_t>(texts);
    check_against_from_chars<std::int32_t>(texts);
    auto options = with_schema({field("n", Type::Int64)});
    CHECK(read("n\n28477280.0\n", options).rows.column("n").get<std::int64_t>(0) == 28477280);
    CHECK(read("n\n1.5\n", options).rejected.num_rows() == 1);
    CHECK(read("n\n 12 \n", options).rows.column("n").get<std::int64_t>(0) == 12);
}

TEST_CASE("csv numbers: flags, days and times") {
    auto options = with_schema({field("f", Type::Bool), field("d", Type::Date32), field("t", Type::Timestamp)});
    const CsvResult result = read(
        "f,d,t\nyes,2024-02-29,2024-02-29T23:59:59.5+09:00\n0,2079-07-22 00:00:00,2024-01-01 00:00\n"
        "maybe,2023-02-29,2024-01-01 24:00:00\nTRUE,1600-01-01,\n",
        options);
    REQUIRE(result.rows.num_rows() == 3);
    CHECK(result.rows.column("f").get<bool>(0) == true);
    CHECK(result.rows.column("f").get<bool>(1) == false);
    CHECK(result.rows.column("d").get<Date>(1) == *parse_date("2079-07-22"));
    CHECK(result.rows.column("t").get<Timestamp>(0) == *parse_timestamp("2024-02-29T14:59:59.5Z"));
    CHECK(result.rows.column("t").is_null(2));
    CHECK(rules_of(result) == std::vector<std::string>{"f.type;d.type;t.type"});
}

}  // namespace csv_test
