#pragma once

#include <vector>

#include "assay/base/time.hpp"
#include "assay/judge/detail/document.hpp"
#include "assay/judge/detail/units.hpp"

namespace assay::judge::detail {

/// A number with the unit behind it. Numbers inside words (SpO2, A15.0, M00001), dates and list marks are left out.
struct NumberMention {
    double value = 0;
    int decimals = 0;
    index begin = 0;     ///< of the digits
    index end = 0;       ///< of the digits
    index unit_end = 0;  ///< of the unit; `end` where there is none
    const UnitOfNote* unit = nullptr;
    bool pair_first = false;   ///< 136 of "136/85"
    bool pair_second = false;  ///< 85 of "136/85"
};

/// A moment or a day in ISO 8601.
struct TimeMention {
    Timestamp time;
    bool day_only = false;
    index begin = 0;
    index end = 0;
};

struct Quantities {
    std::vector<NumberMention> numbers;  ///< in order
    std::vector<TimeMention> times;      ///< in order
};

/// Numbers and times of the whole text. Cost: O(bytes).
Quantities find_quantities(const Document& doc);

}  // namespace assay::judge::detail
