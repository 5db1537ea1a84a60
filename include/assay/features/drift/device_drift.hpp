#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/table.hpp"
#include "assay/features/drift/numeric_sample.hpp"

namespace assay::features {

/// Whose results, and of what: values in two units never meet.
struct DeviceKey {
    std::string device;
    std::string analyte;
    std::string unit;
    auto operator<=>(const DeviceKey&) const = default;
};

/// Names of columns; an empty one is not there, and its part of the key stays empty.
struct ResultColumns {
    std::string device = "device_id";  ///< Utf8, Int32 or Int64
    std::string value = "value";       ///< numbers
    std::string analyte;
    std::string unit;
};

/// The results of each device and analyte: the reference that is saved, or a window. Parts merge as NumericSample does.
class ASSAY_EXPORT DeviceSample {
  public:
    struct Group {
        DeviceKey key;
        NumericSample values;
        bool operator==(const Group&) const = default;
    };
    static constexpr index kMostDistinct = 100'000;  ///< of a group; see NumericSample::limited_to

    DeviceSample() = default;
    /// @throws SchemaError a column that is not there or of another type. @throws ValueError an infinite value
    /// Cost: O(n) and the sorting of each group.
    static DeviceSample of(const data::Table& table, const ResultColumns& columns = {});

    void merge(const DeviceSample& other);

    /// In the order of their keys.
    std::span<const Group> groups() const noexcept { return groups_; }
    /// Rows that name no device.
    index unnamed() const noexcept { return unnamed_; }
    /// Nullptr where there is none.
    const NumericSample* find(const DeviceKey& key) const noexcept;

    std::string to_bytes() const;
    /// @throws ValueError the bytes are no such sample, or damaged
    static DeviceSample from_bytes(std::string_view bytes);
    bool operator==(const DeviceSample&) const = default;

  private:
    std::vector<Group> groups_;
    index unnamed_ = 0;
};

struct DeviceThresholds {
    double calibrate = 2;  ///< |t|, or as rare as such a |z| where the reference is small
    double critical = 3;
    double p = 0.05;    ///< adjusted over the devices
    index fewest = 10;  ///< results in the reference and in the window
};

enum class DeviceVerdict : std::uint8_t { not_judged, in_control, calibrate, critical };
/// "not judged", "in control", …
ASSAY_EXPORT std::string_view name_of(DeviceVerdict verdict) noexcept;

/// One device and analyte against its reference.
struct DeviceDrift {
    static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

    DeviceKey key;
    DeviceVerdict verdict = DeviceVerdict::not_judged;
    std::string reason;         ///< why it was not judged, or what is to be said of the figures
    index count = 0;            ///< results in the window
    index reference_count = 0;  ///< 0 where it was not judged
    double reference_mean = kNone, reference_deviation = kNone, mean = kNone;
    double reference_median = kNone, median = kNone;
    double z = kNone;         ///< (mean − μ) / (σ / √n): μ and σ taken for exact
    double t = kNone;         ///< (mean − μ) / (σ · √(1/n + 1/m)), m results in the reference: judged
    double robust_z = kNone;  ///< the same of medians; NaN where the MAD is 0
    double p = kNone, p_adjusted = kNone;  ///< two-sided, of t; adjusted over the devices (Benjamini-Hochberg)
    bool mad_is_zero = false;              ///< half of the reference is one value: there is no robust z
};

/// Every device and analyte of the window, in the order of their keys, then those of the reference without results now.
///
/// z = (mean − μ) / (σ/√n) takes the mean of the reference for exact. The verdict is by
/// t = (mean − μ) / (σ · √(1/n + 1/m)), Student's with m − 1 degrees of freedom, m the results in the reference: of a
/// large one it is z, of a small one z says far too often that a device has drifted. A verdict needs |t| above its
/// threshold, a p no larger than that of a z there, and a small adjusted p. σ is taken to be that of the window, too:
/// a device that scatters more than it did is in alarm more often.
///
/// The robust z is (median − median of the reference) / (1.4826 · MAD · √(π/2) / √n), standard normal, too, where
/// results are normal and many, the reference more so; without √(π/2) for a single one.
/// @throws ValueError thresholds that cannot be
ASSAY_EXPORT std::vector<DeviceDrift> device_drift(const DeviceSample& reference, const DeviceSample& current,
                                                   const DeviceThresholds& thresholds = {});

/// The median (the mean of the middle two), and the median of the distances from it. NaN where there are no values.
struct MedianSpread {
    double median = std::numeric_limits<double>::quiet_NaN();
    double mad = std::numeric_limits<double>::quiet_NaN();
};
ASSAY_EXPORT MedianSpread median_spread(const NumericSample& sample);

}  // namespace assay::features
