#include "assay/data/deid/safe_harbor.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "assay/base/civil.hpp"
#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"

namespace assay::data {
namespace {

constexpr int oldest_age = 89;

constexpr std::array<std::string_view, 21> restricted_areas{"036", "059", "063", "102", "203", "205", "369",
                                                            "556", "692", "753", "772", "790", "821", "823",
                                                            "830", "831", "878", "879", "884", "890", "893"};

bool has_only_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_blanks(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// Five digits of a number that lost its leading zeros.
std::string zip_digits(std::int64_t number) {
    if (number < 0 || number > 99'999) return {};
    std::string text = std::to_string(number);
    return std::string(5 - text.size(), '0') + text;
}

template <class T>
Array zip3_of_numbers(const Array& zips) {
    const auto values = zips.values<T>();
    TextBuilder out;
    for (index row = 0; row < zips.size(); ++row) {
        const std::string digits =
            zips.is_null(row) ? std::string() : zip_digits(values[static_cast<std::size_t>(row)]);
        const auto area = zip3(digits);
        area ? out.append(*area) : out.append_null();
    }
    return out.finish();
}

template <class T>
Array capped_ages(const Array& ages) {
    const auto values = ages.values<T>();
    ArrayBuilder<T> out;
    out.reserve(ages.size());
    for (index row = 0; row < ages.size(); ++row) {
        const T age = values[static_cast<std::size_t>(row)];
        if (ages.is_null(row) || !(age >= T{0})) {
            out.append_null();
        } else {
            out.append(age > T{oldest_age} ? T{oldest_age + 1} : age);
        }
    }
    return out.finish();
}

/// The day of each row, nothing where null. @throws SchemaError
std::optional<Date> day_of(const Array& dates, index row) {
    if (dates.type() == Type::Date32) return dates.get<Date>(row);
    if (dates.type() != Type::Timestamp) {
        throw SchemaError("years: expected date32 or timestamp, got " + std::string(name_of(dates.type())) +
                          "; give the column a type first");
    }
    const auto time = dates.get<Timestamp>(row);
    return time ? std::optional(time->date()) : std::nullopt;
}

int age_on(const CivilDate& birth, const CivilDate& day) {
    const bool had_birthday = day.month > birth.month || (day.month == birth.month && day.day >= birth.day);
    return static_cast<int>(day.year - birth.year) - (had_birthday ? 0 : 1);
}

}  // namespace

std::span<const std::string_view> restricted_zip3() { return restricted_areas; }

std::optional<std::string_view> zip3(std::string_view zip) {
    zip = without_blanks(zip);
    const bool plus_four = zip.size() == 10 && (zip[5] == '-' || zip[5] == ' ') && has_only_digits(zip.substr(6));
    if (!(zip.size() == 5 || plus_four || zip.size() == 9) || !has_only_digits(zip.substr(0, 5))) return std::nullopt;
    if (zip.size() == 9 && !has_only_digits(zip)) return std::nullopt;
    const std::string_view area = zip.substr(0, 3);
    return std::binary_search(restricted_areas.begin(), restricted_areas.end(), area) ? std::string_view("000") : area;
}

Array zip3(const Array& zips) {
    if (zips.type() == Type::Int32) return zip3_of_numbers<std::int32_t>(zips);
    if (zips.type() == Type::Int64) return zip3_of_numbers<std::int64_t>(zips);
    if (zips.type() != Type::Utf8) {
        throw SchemaError("zip3: expected text or whole numbers, got " + std::string(name_of(zips.type())));
    }
    TextBuilder out;
    for (index row = 0; row < zips.size(); ++row) {
        const auto area = zips.is_null(row) ? std::nullopt : zip3(zips.text(row));
        area ? out.append(*area) : out.append_null();
    }
    return out.finish();
}

Array cap_ages(const Array& ages) {
    switch (ages.type()) {
        case Type::Int32:
            return capped_ages<std::int32_t>(ages);
        case Type::Int64:
            return capped_ages<std::int64_t>(ages);
        case Type::Float32:
            return capped_ages<float>(ages);
        case Type::Float64:
            return capped_ages<double>(ages);
        default:
            throw SchemaError("ages: expected numbers, got " + std::string(name_of(ages.type())) +
                              "; give the column a type first");
    }
}

Array birth_years(const Array& births, Date as_of) {
    const CivilDate now = as_of.civil();
    ArrayBuilder<std::int32_t> out;
    out.reserve(births.size());
    for (index row = 0; row < births.size(); ++row) {
        const auto birth = day_of(births, row);
        if (!birth || *birth > as_of) {
            out.append_null();
            continue;
        }
        const CivilDate born = birth->civil();
        // Those who turn 90 later in this year are 89 now but share their year with those who are 90.
        const bool old = age_on(born, now) > oldest_age;
        out.append(static_cast<std::int32_t>(old ? now.year - (oldest_age + 1) : born.year));
    }
    return out.finish();
}

Array years(const Array& dates) {
    ArrayBuilder<std::int32_t> out;
    out.reserve(dates.size());
    for (index row = 0; row < dates.size(); ++row) {
        const auto day = day_of(dates, row);
        day ? out.append(static_cast<std::int32_t>(day->civil().year)) : out.append_null();
    }
    return out.finish();
}

}  // namespace assay::data
