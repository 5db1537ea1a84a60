#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/judge/judge.hpp"

namespace assay::judge {

/// One correction that was applied, in the order of the text.
struct AppliedCorrection {
    std::string rule;
    std::string before;   ///< "" where text was added
    std::string after;
    index begin = 0;      ///< byte offset in the original text
};

/// A note before and after the corrections that its findings offer.
struct CorrectionReport {
    std::string corrected;                      ///< the text after
    Verdict before;
    Verdict after;
    std::vector<AppliedCorrection> applied;
    std::vector<Finding> left;                  ///< findings that a person must decide on
};

/// Applies the corrections of `judge`'s findings and judges again.
///
/// A finding with a span and a correction replaces the span; one without a span adds its correction as a line at the end
/// of the section that it belongs to. Of two corrections that overlap the first in the text is applied.
ASSAY_EXPORT CorrectionReport correct(std::string_view note, const features::PatientSummary& patient, const Judge& judge);

ASSAY_EXPORT std::string to_markdown(const CorrectionReport& report);
ASSAY_EXPORT std::string to_json(const CorrectionReport& report);

}  // namespace assay::judge
