#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assay/features/laboratory/device_days.hpp"

// What is known of each device, and since when.
namespace assay::features::detail {

/// Times are microseconds since 1970. `known` orders them; of one time, the order of the table does.
struct DeviceResult {
    std::int64_t known;
    std::int64_t took;      ///< from observation to report; below 0 where unknown
    std::uint64_t analyte;  ///< a number for code and unit
    double value;           ///< NaN where there is none to compare
    std::int32_t specimen;  ///< −1 where unknown
    std::int32_t id;        ///< −1 where unknown
};
struct DeviceControl {
    std::int64_t known;
    std::int64_t measured;
    std::uint64_t stream;  ///< a number for analyte and material
    double z;
};
enum class DeviceEventKind : std::uint8_t { error, calibration, down, up, temperature };
struct DeviceEvent {
    std::int64_t known;
    std::int64_t at;
    double value;
    DeviceEventKind kind;
};

/// In the order in which they came to be known.
struct DeviceRecords {
    std::string id;
    std::vector<DeviceResult> results;
    std::vector<DeviceControl> controls;
    std::vector<DeviceEvent> events;
};

struct ReadRecords {
    std::vector<DeviceRecords> devices;  ///< by id
    std::vector<std::string> codes;      ///< of results, by the number in the upper half of `analyte`
    std::vector<std::string> units;      ///< by the number in the lower half
    std::map<std::string, index> left_out;
};

ReadRecords read_device_records(const data::Table& results, const data::Table& controls, const data::Table& events,
                                bool known_when_observed);

}  // namespace assay::features::detail
