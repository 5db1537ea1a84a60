#include "assay/features/machine_features.hpp"

#include "assay/base/error.hpp"

#include <numbers>
#include <string>

namespace assay::features {

MachineFeatures derive_machine_features(const MachineReadings& readings) {
    const std::size_t n = readings.torque.size();
    for (const std::span<const double> column :
         {readings.air_temperature, readings.process_temperature, readings.rotational_speed, readings.tool_wear}) {
        if (column.size() == n) continue;
        throw ShapeError("derive_machine_features: expected columns of one length, got " + std::to_string(n) + " and " +
                         std::to_string(column.size()));
    }
    MachineFeatures out{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
    for (std::size_t i = 0; i < n; ++i) {
        const double radians_per_second = readings.rotational_speed[i] * 2 * std::numbers::pi / 60;
        out.power[i] = readings.torque[i] * radians_per_second;
        out.temperature_difference[i] = readings.process_temperature[i] - readings.air_temperature[i];
        out.strain[i] = readings.torque[i] * readings.tool_wear[i];
    }
    return out;
}

}  // namespace assay::features
