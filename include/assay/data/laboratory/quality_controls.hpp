#pragma once

#include <string>

#include "assay/data/laboratory/results.hpp"

namespace assay::data {

/// One row per measurement of a control material: what charts, rules and the features of a device are made from.
///
/// The value counts as (value − target) / standard_deviation where z is null. A row was known from the later of
/// measured_at and recorded_at on; one without recorded_at from measured_at on.
struct MeasuredAt : Column<"measured_at", Timestamp, Required, Description<"when the material was measured">> {};
struct LoggedAt : Column<"recorded_at", Timestamp, Description<"when the record came to be known">> {};
struct ControlMaterial : Column<"material", std::string, Description<"material, level and lot of the control">> {};
struct ControlValue : Column<"value", double, Description<"in the unit of the target">> {};
struct ControlTarget : Column<"target", double, Description<"the material's mean">> {};
struct ControlDeviation : Column<"standard_deviation", double, Description<"in the unit of the target">> {};
struct ControlZ : Column<"z", double, Unit<"1">, Description<"(value - target) / standard_deviation">> {};

using QualityControls = Schema<DeviceId, MeasuredAt, LoggedAt, LocalCode, LoincCode, ControlMaterial, ControlValue,
                               ControlTarget, ControlDeviation, ControlZ>;

}  // namespace assay::data
