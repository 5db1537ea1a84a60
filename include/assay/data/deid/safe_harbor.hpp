#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "assay/base/date.hpp"
#include "assay/base/export.hpp"
#include "assay/data/array.hpp"

namespace assay::data {

// What 45 CFR 164.514(b)(2)(i)(B) and (C) leave of places, ages and years of birth.

/// Three-digit ZIP areas with 20,000 people or fewer, sorted: those that HHS lists from the census of 2000 and those
/// that have come with the census of 2010. The rule asks for the newest figures of the Bureau of the Census; both lists
/// together hide no less than either.
/// Source: HHS, Guidance Regarding Methods for De-identification of Protected Health Information (2012), section on
/// ZIP codes; 3-digit ZCTA population of the 2010 census.
ASSAY_EXPORT std::span<const std::string_view> restricted_zip3();

/// The first three digits of a ZIP code of five digits or ZIP+4 ("02139", "02139-4307"), "000" for a restricted area;
/// nothing where the text is anything else.
ASSAY_EXPORT std::optional<std::string_view> zip3(std::string_view zip);

/// @param zips  text, or whole numbers, whose leading zeros are put back
/// @return      text; null where null or where it is no ZIP code
/// @throws SchemaError for another type.
ASSAY_EXPORT Array zip3(const Array& zips);

/// Ages in years with everything over 89 made 90, which then stands for "90 or older"; null where null, NaN or below 0.
/// @throws SchemaError if the column is no number.
ASSAY_EXPORT Array cap_ages(const Array& ages);

/// Years of birth as Int32; whoever is over 89 on `as_of` is given the year of those who turn 90 in it.
/// @param births  Date32 or Timestamp (the day in UTC)
/// @return        null where null or after `as_of`. @throws SchemaError for another type.
ASSAY_EXPORT Array birth_years(const Array& births, Date as_of);

/// Years as Int32. @throws SchemaError unless Date32 or Timestamp (the year in UTC).
ASSAY_EXPORT Array years(const Array& dates);

}  // namespace assay::data
