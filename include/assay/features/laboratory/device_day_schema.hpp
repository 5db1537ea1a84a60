#pragma once

#include "assay/base/date.hpp"
#include "assay/data/laboratory/device_events.hpp"

namespace assay::features {

/// Ten features of a device at the end of a day, for models of its failure. Null where undefined, never 0.
struct Day : data::Column<"day", Date, data::Required> {};
struct ErrorRate : data::Column<"error_rate", double, data::Unit<"1">> {};
struct QcTrend : data::Column<"qc_z_trend", double, data::Unit<"/d">> {};
struct CusumExcursion : data::Column<"cusum_excursion", double, data::Unit<"1">> {};
struct CalibrationAge : data::Column<"calibration_age", double, data::Unit<"d">> {};
struct ResultDrift : data::Column<"result_drift", double, data::Unit<"1">> {};
struct Downtime : data::Column<"downtime", double, data::Unit<"h">> {};
struct TurnAround : data::Column<"turn_around", double, data::Unit<"h">> {};
struct RepeatRate : data::Column<"repeat_rate", double, data::Unit<"1">> {};
struct DeviceTemperature : data::Column<"temperature", double, data::Unit<"Cel">> {};
struct DeviceLoad : data::Column<"load", double, data::Unit<"/d">> {};

using DeviceDays = data::Schema<data::DeviceId, Day, ErrorRate, QcTrend, CusumExcursion, CalibrationAge, ResultDrift,
                                Downtime, TurnAround, RepeatRate, DeviceTemperature, DeviceLoad>;

}  // namespace assay::features
