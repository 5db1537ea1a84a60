#include "assay/data/deid/date_shift.hpp"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/deid/pseudonymiser.hpp"
#include "assay/data/select.hpp"

namespace assay::data {
namespace {

/// Adds without leaving the type; nothing where it would.
template <class T>
std::optional<T> moved(T value, std::int64_t by) {
    T sum{};
    if (__builtin_add_overflow(value, by, &sum)) return std::nullopt;
    return sum;
}

std::optional<Date> moved(Date date, std::int64_t days) {
    const auto sum = moved(date.days(), days);
    return sum ? std::optional(Date{*sum}) : std::nullopt;
}

std::optional<Timestamp> moved(Timestamp time, std::int64_t days) {
    const auto sum = moved(time.micros(), days * Timestamp::micros_per_day);
    return sum ? std::optional(Timestamp{*sum}) : std::nullopt;
}

template <class T, class DaysOf>
Array move_column(const Array& dates, const Array& patients, const DaysOf& days_of) {
    const auto values = dates.values<T>();
    ArrayBuilder<T> out;
    out.reserve(dates.size());
    std::unordered_map<std::string_view, std::optional<std::int64_t>> known;  // the column's own texts
    for (index row = 0; row < dates.size(); ++row) {
        if (dates.is_null(row) || patients.is_null(row)) {
            out.append_null();
            continue;
        }
        const auto [days, is_new] = known.try_emplace(patients.text(row));
        if (is_new) days->second = days_of(days->first);
        out.append(days->second ? moved(values[static_cast<std::size_t>(row)], *days->second) : std::nullopt);
    }
    return out.finish();
}

}  // namespace

DateShift::DateShift(const DeidKey& key, int most_days, bool keep_weekday)
    : key_(key.subkey("date_shift")),
      steps_(keep_weekday ? most_days / 7 : most_days),
      step_days_(keep_weekday ? 7 : 1) {
    if (steps_ < 1 || most_days > 3650) {
        throw ValueError("date shift: expected " + std::string(keep_weekday ? "7" : "1") + " to 3650 days, got " +
                         std::to_string(most_days));
    }
}

std::int32_t DateShift::days(std::string_view patient) const {
    const auto normal = normalise_identifier(patient);
    if (!normal) throw ValueError("date shift: expected a patient's identifier, got blanks");
    const Sha256Digest digest = hmac_sha256(key_.reveal(), *normal);
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8U | digest[static_cast<std::size_t>(i)];
    // The remainder of 64 bits by at most 7300: one shift is likelier than another by less than 1e-15.
    const auto place = static_cast<int>(number % (2 * static_cast<std::uint64_t>(steps_)));
    return (place < steps_ ? place - steps_ : place - steps_ + 1) * step_days_;
}

Array DateShift::shift(const Array& dates, const Array& patients) const { return move(dates, patients, 1); }

Array DateShift::unshift(const Array& dates, const Array& patients) const { return move(dates, patients, -1); }

Array DateShift::move(const Array& dates, const Array& patients, int direction) const {
    if (dates.size() != patients.size()) {
        throw ShapeError("date shift: expected a patient for each of " + std::to_string(dates.size()) + " dates, got " +
                         std::to_string(patients.size()));
    }
    if (patients.type() == Type::Int32 || patients.type() == Type::Int64) {
        return move(dates, cast(patients, Type::Utf8), direction);
    }
    if (patients.type() != Type::Utf8) {
        throw SchemaError("date shift: expected patients as text or whole numbers, got " +
                          std::string(name_of(patients.type())));
    }
    const auto days_of = [&](std::string_view patient) -> std::optional<std::int64_t> {
        if (!normalise_identifier(patient)) return std::nullopt;
        return std::int64_t{days(patient)} * direction;
    };
    if (dates.type() == Type::Date32) return move_column<Date>(dates, patients, days_of);
    if (dates.type() == Type::Timestamp) return move_column<Timestamp>(dates, patients, days_of);
    throw SchemaError("date shift: expected date32 or timestamp, got " + std::string(name_of(dates.type())) +
                      "; text is not read as dates here: give the column a type first");
}

}  // namespace assay::data
