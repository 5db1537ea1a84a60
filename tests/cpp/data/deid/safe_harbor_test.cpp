#include "assay/data/deid/safe_harbor.hpp"

#include <algorithm>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

TEST_CASE("zip3: three digits, 000 where few people live", "[deid]") {
    CHECK(zip3("02139") == "021");
    CHECK(zip3(" 02139-4307 ") == "021");
    CHECK(zip3("021394307") == "021");
    CHECK(zip3("03601") == "000");
    for (const auto no_zip : {"", "2139", "021390", "02139-43", "SW1A 1AA", "02139-430x", "0213A"})
        CHECK_FALSE(zip3(no_zip).has_value());

    // The 17 of HHS's guidance.
    for (const std::string area : {"036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831",
                                   "878", "879", "884", "890", "893"})
        CHECK(zip3(area + "01") == "000");
    CHECK(restricted_zip3().size() == 21);
    CHECK(std::is_sorted(restricted_zip3().begin(), restricted_zip3().end()));

    const std::vector<std::optional<std::int64_t>> numbers{2139, 3601, 99'999, -1, 100'000, std::nullopt};
    const Array areas = zip3(Array::of(numbers));
    const std::vector<std::optional<std::string>> expected{"021",        "000",        "999",
                                                           std::nullopt, std::nullopt, std::nullopt};
    CHECK(areas.equals(Array::of(expected)));
    CHECK_THROWS_AS(zip3(Array::nulls(Type::Float64, 1)), SchemaError);
}

TEST_CASE("ages over 89 are 90", "[deid]") {
    const std::vector<std::optional<std::int32_t>> ages{0, 89, 90, 117, -1, std::nullopt};
    const std::vector<std::optional<std::int32_t>> expected{0, 89, 90, 90, std::nullopt, std::nullopt};
    CHECK(cap_ages(Array::of(ages)).equals(Array::of(expected)));
    const std::vector<std::optional<double>> exact{89.0, 89.01, std::numeric_limits<double>::quiet_NaN(),
                                                   std::numeric_limits<double>::infinity()};
    const std::vector<std::optional<double>> capped{89.0, 90.0, std::nullopt, 90.0};
    CHECK(cap_ages(Array::of(exact)).equals(Array::of(capped)));
    CHECK_THROWS_AS(cap_ages(Array::nulls(Type::Utf8, 1)), SchemaError);
}

TEST_CASE("years of birth tell no age over 89", "[deid]") {
    const auto day = [](const char* text) { return *parse_date(text); };
    const std::vector<std::optional<Date>> births{day("2000-02-29"), day("1936-06-16"), day("1936-06-15"),
                                                  day("1901-01-01"), day("2026-06-16"), std::nullopt};
    const std::vector<std::optional<std::int32_t>> expected{2000, 1936, 1936, 1936, std::nullopt, std::nullopt};
    CHECK(birth_years(Array::of(births), day("2026-06-15")).equals(Array::of(expected)));
    const std::vector<std::optional<Timestamp>> times{Timestamp{day("1999-12-31")}, Timestamp{-1}};
    const std::vector<std::optional<std::int32_t>> of_times{1999, 1969};
    CHECK(birth_years(Array::of(times), day("2026-06-15")).equals(Array::of(of_times)));
    CHECK(years(Array::of(times)).equals(Array::of(of_times)));
    CHECK_THROWS_AS(years(Array::nulls(Type::Utf8, 1)), SchemaError);
}
