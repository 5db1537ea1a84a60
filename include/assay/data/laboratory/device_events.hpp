#pragma once

#include <string>

#include "assay/data/laboratory/quality_controls.hpp"

namespace assay::data {

/// One row per event of a device's log. A row was known from the later of `at` and recorded_at on; one without
/// recorded_at from `at` on.
struct EventAt : Column<"at", Timestamp, Required, Description<"when it happened">> {};
struct EventKind : Column<"kind", std::string, Required, Description<"error, calibration, down, up or temperature">> {};
struct EventCode : Column<"code", std::string, Description<"the maker's own code of an error">> {};
struct EventValue : Column<"value", double, Description<"of a temperature, in Cel; else null">> {};

using DeviceEvents = Schema<DeviceId, EventAt, LoggedAt, EventKind, EventCode, EventValue>;

}  // namespace assay::data
