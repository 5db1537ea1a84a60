#pragma once

#include <string_view>

#include "assay/base/export.hpp"
#include "assay/judge/judge.hpp"

namespace assay::judge {

/// Judges a SOAP note against the record by rules alone: the same note and record give the same verdict.
///
/// Each criterion scores clamp(1 + 4·share − Σ penalty, 1, 5), where `share` is the part of its checks that passed and
/// a finding costs 0 (info), 0.1 (minor), 0.5 (major) or 1.5 (critical). The overall score is the mean with weights 0.3
/// accuracy, 0.2 completeness, 0.25 safety, 0.15 actionability and 0.1 relevance. A critical finding of safety, a note
/// on another patient, or an accuracy or relevance below 2 caps it at 2.5, so that the note fails. The safety criterion
/// knows a small illustrative table of medicines (models/drug_safety.hpp); it checks texts and is no clinical decision
/// support system. Any bytes are accepted. Cost: O(bytes + words × record).   Source: docs/adr/0006-note-and-judge.md
class ASSAY_EXPORT GroundedJudge final : public Judge {
  public:
    static constexpr std::string_view version = "grounded 1";
    static constexpr double pass_mark = 3.0;
    static constexpr double cap = 2.5;

    Verdict judge(std::string_view note, const features::PatientSummary& patient) const override;
};

}  // namespace assay::judge
