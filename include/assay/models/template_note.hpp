#pragma once

#include <string_view>

#include "assay/base/export.hpp"
#include "assay/models/note.hpp"

namespace assay::models {

/// Writes a SOAP note from a gold row by rules alone: the same row gives the same bytes.
///
/// Every number comes with its unit and time and the gold column it was read from; what was not measured is said, never
/// guessed. Problems come from vital_rules(), diagnosis_rules(), NEWS2, drug_alerts() and abnormal laboratory results;
/// allergies and active medications are always stated. About 200 to 400 words for one acute problem.
/// Cost: O(diagnoses × rules + medications × contraindications).
class ASSAY_EXPORT TemplateNoteWriter final : public NoteWriter {
  public:
    /// Name and version of the template, written into every note.
    static constexpr std::string_view version = "template 1";

    SoapNote write(const features::PatientSummary& patient) const override;
};

}  // namespace assay::models
