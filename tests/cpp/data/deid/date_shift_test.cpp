#include "assay/data/deid/date_shift.hpp"

#include <map>
#include <set>

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

const DeidKey& shift_key() {
    static const DeidKey key(Secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));  // made up
    return key;
}

const DeidKey& other_shift_key() {
    static const DeidKey key(Secret("ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));  // made up
    return key;
}

Array patients_of(const std::vector<std::optional<std::string>>& ids) { return Array::of(ids); }

}  // namespace

TEST_CASE("date shift: every number of days but none, each about as often", "[deid]") {
    const DateShift shift(shift_key(), 5);
    std::map<int, int> seen;
    for (int i = 0; i < 10'000; ++i) ++seen[shift.days("P" + std::to_string(i))];
    CHECK(seen.size() == 10);
    CHECK(seen.count(0) == 0);
    CHECK(seen.begin()->first == -5);
    CHECK(seen.rbegin()->first == 5);
    double chi_squared = 0;
    for (const auto& [days, count] : seen) chi_squared += (count - 1000.0) * (count - 1000.0) / 1000.0;
    CHECK(chi_squared < 27.9);  // 9 degrees of freedom, p = 0.001
}

TEST_CASE("date shift: whole weeks keep the day of the week", "[deid]") {
    const DateShift shift(shift_key(), 20, true);
    std::set<int> seen;
    for (int i = 0; i < 500; ++i) seen.insert(shift.days(std::to_string(i)));
    CHECK(seen == std::set<int>{-14, -7, 7, 14});
    CHECK_THROWS_AS(DateShift(shift_key(), 6, true), ValueError);
    CHECK_THROWS_AS(DateShift(shift_key(), 0), ValueError);
    CHECK_THROWS_AS(DateShift(shift_key(), 3651), ValueError);
    CHECK_THROWS_AS(shift.days(" "), ValueError);
}

TEST_CASE("date shift: intervals stay, and the shift is the patient's", "[deid]") {
    const DateShift shift(shift_key());
    const std::vector<Date> days{Date{19'000}, Date{19'010}, Date{19'000}, Date{19'000}, Date{19'000}};
    const auto patients = patients_of({"A", " A", "B", std::nullopt, " "});
    const Array moved = shift.shift(Array::of<Date>(days), patients);
    CHECK(moved.get<Date>(0)->days() == 19'000 + shift.days("A"));
    CHECK(moved.get<Date>(1)->days() - moved.get<Date>(0)->days() == 10);
    CHECK(moved.get<Date>(2)->days() == 19'000 + shift.days("B"));
    CHECK(shift.days("A") != shift.days("B"));
    CHECK(moved.is_null(3));  // without a patient there is no shift, and an unshifted date must not pass
    CHECK(moved.is_null(4));

    const std::vector<std::optional<Timestamp>> times{Timestamp{1'700'000'000'123'456}, std::nullopt,
                                                      Timestamp{std::numeric_limits<std::int64_t>::max()}};
    const Array later = shift.shift(Array::of(times), patients_of({"A", "A", "A"}));
    CHECK(later.get<Timestamp>(0)->micros() == 1'700'000'000'123'456 + shift.days("A") * Timestamp::micros_per_day);
    CHECK(later.is_null(1));
    CHECK(later.is_null(2) == (shift.days("A") > 0));
}

TEST_CASE("date shift: back again, and under another key elsewhere", "[deid]") {
    const DateShift before(shift_key()), after(other_shift_key());
    const std::vector<Date> days{Date{19'000}, Date{0}};
    const Array dates = Array::of<Date>(days), patients = patients_of({"A", "B"});
    const Array moved = before.shift(dates, patients);
    CHECK(before.unshift(moved, patients).equals(dates));
    CHECK_FALSE(moved.equals(after.shift(dates, patients)));
}

TEST_CASE("date shift: what it does not take", "[deid]") {
    const DateShift shift(shift_key());
    const Array dates = Array::nulls(Type::Date32, 2);
    CHECK_THROWS_AS(shift.shift(dates, patients_of({"A"})), ShapeError);
    CHECK_THROWS_AS(shift.shift(Array::nulls(Type::Utf8, 2), patients_of({"A", "B"})), SchemaError);
    CHECK_THROWS_AS(shift.shift(dates, Array::nulls(Type::Float64, 2)), SchemaError);
    const std::vector<std::int64_t> numbers{1, 2};
    CHECK(shift.shift(dates, Array::of<std::int64_t>(numbers)).null_count() == 2);
}
