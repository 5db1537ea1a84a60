#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::features {

/// One measurement of a control material.
struct ControlPoint {
    std::int64_t run = 0;       ///< analytical run; points stand in the order of runs
    std::int32_t material = 0;  ///< control material (level)
    double z = 0;               ///< (value − mean) / standard deviation of the material
};

/// A control rule: `needed` of `window` consecutive points beyond `limit` standard deviations on one side; or, for a
/// range rule, one point above +limit and one below −limit within one run.
struct ControlRule {
    std::string name;  ///< "1-3s", "2of3-2s", "R-4s", "10-x"
    int needed = 1;
    int window = 1;
    double limit = 2;
    bool range = false;
    bool rejects = true;  ///< else it warns

    bool operator==(const ControlRule&) const = default;
};

/// The rule of a name: "1-2s" (a warning), "1-3s", "2-2s", "R-4s", "4-1s", "10-x", "2of3-2s", "3-1s", "6-x", and any
/// other of the forms n-ks, nofm-ks, R-ks and n-x. A range rule's number is the distance: R-4s has limits +2 and −2.
/// @throws ValueError for a text of another form, or with n or m beyond 60
ASSAY_EXPORT ControlRule control_rule(std::string_view name);

/// 1-2s as a warning, 1-3s, 2-2s, R-4s, 4-1s and 10-x: for one or two materials a run.
/// Source: Westgard JO et al. A multi-rule Shewhart chart for quality control in clinical chemistry. Clin Chem
/// 1981;27:493–501.
ASSAY_EXPORT std::vector<ControlRule> westgard_rules();
/// 1-2s as a warning, 1-3s, 2of3-2s, R-4s, 3-1s and 6-x: for three materials a run.
/// Source: Westgard JO. Basic QC Practices, 4th ed., 2016, chapter on multirule procedures for three materials.
ASSAY_EXPORT std::vector<ControlRule> westgard_rules_of_three();

/// Where a rule was broken.
struct ControlViolation {
    index point = 0;      ///< the last point of the window
    index rule = 0;       ///< index in the rules that were given
    bool across = false;  ///< the window holds points of several materials

    bool operator==(const ControlViolation&) const = default;
};

/// Every place where a rule is broken, by point, then by rule.
///
/// A window is either the last points of one material, over runs, or the last points of all materials when these are
/// whole runs: 2-2s over two controls of one run, 4-1s over two runs of two controls. A point fires a rule only if it
/// is itself beyond the limit. A limit is beyond: z of exactly 2 does not break 1-2s. A rule fires once per point.
/// @throws ValueError NaN or infinite z, or a run before its predecessor's, naming the point.   Cost: O(points ·
/// rules).
ASSAY_EXPORT std::vector<ControlViolation> check_controls(std::span<const ControlPoint> points,
                                                          std::span<const ControlRule> rules);

}  // namespace assay::features
