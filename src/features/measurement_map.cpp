#include "assay/features/measurement_map.hpp"

namespace assay::features {

const MeasurementMap& mimic_iv_measurements() {
    static const MeasurementMap kMap = {
        {"220045", "heart_rate", "/min"},
        {"220050", "systolic_bp", "mm[Hg]"},  // arterial line
        {"225309", "systolic_bp", "mm[Hg]"},  // arterial line, second
        {"220179", "systolic_bp", "mm[Hg]"},  // cuff
        {"220051", "diastolic_bp", "mm[Hg]"},
        {"225310", "diastolic_bp", "mm[Hg]"},
        {"220180", "diastolic_bp", "mm[Hg]"},
        {"220052", "mean_bp", "mm[Hg]"},
        {"225312", "mean_bp", "mm[Hg]"},
        {"220181", "mean_bp", "mm[Hg]"},
        {"220277", "spo2", "%"},
        {"223762", "temperature", "Cel"},
        {"223761", "temperature", "[degF]"},
        {"220210", "respiratory_rate", "/min"},
        {"224690", "respiratory_rate", "/min"},  // ventilator's total
    };
    return kMap;
}

}  // namespace assay::features
