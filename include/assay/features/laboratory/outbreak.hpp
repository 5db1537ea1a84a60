#pragma once

#include <map>
#include <optional>
#include <string>

#include "assay/base/date.hpp"
#include "assay/base/export.hpp"
#include "assay/data/table.hpp"
#include "assay/features/laboratory/day_calendar.hpp"
#include "assay/features/laboratory/ears.hpp"

namespace assay::features {

struct OutbreakOptions {
    /// A patient's further finds of an organism within so many days of the first count no more; 0: every specimen does.
    index one_case_days = 30;
    /// A culture without reported_at was known when the specimen was taken. Otherwise it is left out.
    bool known_when_observed = false;
    std::optional<Date> last_day;  ///< what came to be known later is left out
    DayCalendar calendar;
    EarsOptions ears;
    double cusum_k = 0.5;
    double cusum_h = 5;
};

struct OutbreakTable {
    data::Table rows;
    std::map<std::string, index> left_out;  ///< cultures by reason
};

/// Positivity by ward, organism and week (from Monday): specimens whose result came to be known in the week, those with
/// the organism, and their share.
///
/// A specimen counts once in a week, however many tests were made of it. Rows begin with the organism's first find in
/// the ward and go on without gaps; the share is null in a week without a specimen. Nothing that comes to be known
/// later changes a week that has ended.
/// @param cultures  data::Cultures: ward, collected_at, reported_at, organism; specimen_id where it is there, else each
///                  row is a specimen of its own. Null wards are one ward without a name
/// @return ward, organism, week (its Monday), tested, positive, positivity; by ward, organism, week
/// @throws SchemaError, ValueError as device_days.   Cost: O(n log n).
ASSAY_EXPORT OutbreakTable positivity(const data::Table& cultures, const OutbreakOptions& options = {});

/// New cases by ward, organism and day with EARS C1, C2, C3 and a CUSUM.
///
/// A case is a patient's first find of the organism in the ward, or the next after one_case_days; it counts on the day
/// on which it came to be known. Series begin with the ward's first culture, so that a baseline before the first find
/// is one of zeros; rows begin with that find. The CUSUM is one-sided, of C2's statistic, with k and h, and starts
/// again at 0 after a signal; where the statistic is undefined it stays.
/// @param cultures  as positivity; patient_id where it is there, else each specimen is a patient of its own
/// @return ward, organism, day, cases, c1, c2, c3, cusum, signals (those above their limits, such as "c1;c2"; null for
/// none)
ASSAY_EXPORT OutbreakTable outbreak_days(const data::Table& cultures, const OutbreakOptions& options = {});

}  // namespace assay::features
