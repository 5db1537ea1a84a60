#pragma once

#include <cstdint>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/array.hpp"
#include "assay/data/deid/deid_key.hpp"

namespace assay::data {

/// Moves all dates of a patient by the same number of whole days, which only the key's holder can recompute.
///
/// Intervals within a patient, times of day and, with `keep_weekday`, days of the week stay; the season does not have
/// to. Never 0 days. Dates that were moved are still dates: Safe Harbor (45 CFR 164.514(b)(2)(i)(C)) asks for the
/// year alone, and a shift belongs to an expert's determination or a limited data set.
class ASSAY_EXPORT DateShift {
  public:
    /// @param most_days  largest shift in either direction, 1 to 3650; at least 7 with `keep_weekday`
    /// @throws ValueError outside of that.
    explicit DateShift(const DeidKey& key, int most_days = 182, bool keep_weekday = false);

    /// Days for a patient's identifier or token, in -most_days to most_days but 0, all equally likely; normalised as
    /// Pseudonymiser does. @throws ValueError if it is blank or not UTF-8.
    std::int32_t days(std::string_view patient) const;

    /// @param dates     Date32 or Timestamp
    /// @param patients  text or whole numbers, one for each date
    /// @return          the dates moved; null where the date or the patient is null or blank, or where the moved date
    ///                  does not exist in the type
    /// @throws ShapeError if lengths differ, SchemaError for other types.
    /// Cost: one HMAC for each patient, one look-up for each row.
    Array shift(const Array& dates, const Array& patients) const;

    /// What shift() moved, back where it was. @throws as shift().
    Array unshift(const Array& dates, const Array& patients) const;

  private:
    Array move(const Array& dates, const Array& patients, int direction) const;

    Secret key_;
    int steps_;  // in either direction
    int step_days_;
};

}  // namespace assay::data
