#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/judge/judge.hpp"

namespace assay::judge {

/// One correction that was applied.
struct AppliedCorrection {
    std::string rule;
    std::string message;  ///< of the finding
    std::string section;  ///< "Objective", …; "" outside sections
    std::string before;   ///< "" where text was added
    std::string after;
    std::string line_before;  ///< the line around `before`, shortened; "" where text was added
    std::string line_after;   ///< the same line after this correction
    std::optional<index>
        begin;  ///< byte offset in the original text; none for what was added, or mended in a later round
};

/// A note before and after the corrections that its findings offer.
struct CorrectionReport {
    std::string corrected;  ///< the text after
    Verdict before;
    Verdict after;
    std::vector<AppliedCorrection> applied;  ///< in the order of application
    std::vector<Finding> overlapped;         ///< corrections left out, for one that was applied changed the same text
    std::vector<Finding> left;               ///< findings on `corrected`: a person must decide on them
};

/// Applies the corrections of `judge`'s findings and judges again, for at most four rounds.
///
/// A finding with a span and a correction replaces the span; of two that overlap the first in the text is applied, and
/// the other is named in `overlapped` unless a later round applies it or it wants the same. What is still missing after
/// that is added as a line at the end of the section that it belongs to. Cost: up to five judgements of the note.
ASSAY_EXPORT CorrectionReport correct(std::string_view note, const features::PatientSummary& patient,
                                      const Judge& judge);

ASSAY_EXPORT std::string to_markdown(const CorrectionReport& report);
ASSAY_EXPORT std::string to_json(const CorrectionReport& report);
/// A fragment of HTML for a notebook or a report; texts of the note are escaped.
ASSAY_EXPORT std::string to_html(const CorrectionReport& report);

}  // namespace assay::judge
