#pragma once

#include <span>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::features {

struct CusumOptions {
    double k = 0.5;       ///< slack: half the shift to be found, in standard deviations
    double h = 5;         ///< decision interval; in control a signal in 465 points (168 with h = 4)
    bool restart = true;  ///< both sums start again at zero after a signal
};

/// A tabular cumulative sum.
struct Cusum {
    std::vector<double> high;    ///< C+ after each point
    std::vector<double> low;     ///< C− after each point
    std::vector<index> signals;  ///< points where one exceeds h
};

/// C+ = max(0, C+ + z − k), C− = max(0, C− − z − k); a signal where one is above h.
/// Source: Montgomery DC. Introduction to Statistical Quality Control, 8th ed., section 9.1; run lengths: table 9.3.
/// @param z  standardised values; NaN is a missing point: the sums stay as they are
/// @throws ValueError k below 0, h not above 0, infinite z.   Cost: O(n).
ASSAY_EXPORT Cusum cusum(std::span<const double> z, const CusumOptions& options = {});

struct EwmaOptions {
    double lambda = 0.2;  ///< weight of the latest point
    double width = 3;     ///< limits in standard deviations of the average; in control a signal in 560 points
};

/// An exponentially weighted moving average with its limits.
struct Ewma {
    std::vector<double> average;
    std::vector<double> limit;   ///< ± this; grows to its asymptote width · √(λ/(2−λ))
    std::vector<index> signals;  ///< points where |average| exceeds the limit
};

/// E = λz + (1−λ)E, E₀ = 0, limit width · √(λ/(2−λ) · (1 − (1−λ)^2t)).
/// Source: Montgomery, section 9.2.
/// @param z  standardised values; NaN is a missing point: average and limit stay as they are
/// @throws ValueError λ outside (0, 1], width not above 0, infinite z.   Cost: O(n).
ASSAY_EXPORT Ewma ewma(std::span<const double> z, const EwmaOptions& options = {});

/// How much two results of one person must differ for more than chance, in percent: √2 · z · √(CVa² + CVi²).
/// Source: Harris EK, Yasaka T. On the calculation of a "reference change" for comparing two consecutive measurements.
/// Clin Chem 1983;29:25–30.
/// @param analytical_cv  percent; @param within_person_cv  percent; @param z  1.96 for 95 % on two sides
/// @throws ValueError a coefficient below 0 or not finite, z not above 0
ASSAY_EXPORT double reference_change_value(double analytical_cv, double within_person_cv, double z = 1.96);

/// What a result may differ by from the patient's last one; a limit of infinity is none.
struct DeltaLimits {
    double difference;   ///< in the unit of the results
    double percent;      ///< of the last result
    double per_day;      ///< difference per day
    double within_days;  ///< older last results are not compared
};

struct DeltaCheck {
    double difference = 0;
    double percent = 0;  ///< NaN where the last result is 0
    double per_day = 0;  ///< infinite where both were taken at one time
    bool compared = false;
    bool failed = false;  ///< beyond at least one limit
};

/// A result against the last one of the same patient and analyte. @param days  between them
/// @throws ValueError days below 0 or not finite, a result that is not finite
ASSAY_EXPORT DeltaCheck delta_check(double last, double result, double days, const DeltaLimits& limits);

struct MovingAverageOptions {
    index block = 50;  ///< results in a window
    double low;        ///< truncation: results outside are left out, so that the very ill do not move the mean
    double high;
};

/// The mean of the last `block` patient results within the truncation limits; NaN until there are as many, and the last
/// value where a result is left out.
/// Source: Hoffmann RG, Waid ME. The "average of normals" method of quality control. Am J Clin Pathol 1965;43:134–141.
/// @throws ValueError block below 1, low not below high.   Cost: O(n); sums are made anew every 4,096 results, so that
/// rounding does not grow.
ASSAY_EXPORT std::vector<double> patient_moving_average(std::span<const double> results,
                                                        const MovingAverageOptions& options);

}  // namespace assay::features
