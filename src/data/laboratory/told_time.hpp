#pragma once

#include <optional>
#include <string_view>

#include "assay/data/laboratory/result_time.hpp"

namespace assay::data::laboratory {

/// When a message was sent or a resource changed: as `parse_result_time`, but one that the clocks left out is read as
/// if they had not been changed. It puts messages into their order, and without it a correction would lose to what it
/// corrects.
std::optional<Timestamp> told_time(std::string_view text, const TimeReading& reading) noexcept;

}  // namespace assay::data::laboratory
