#pragma once

#include <string_view>

#include "assay/base/export.hpp"
#include "assay/features/patient_summary.hpp"
#include "assay/judge/verdict.hpp"

namespace assay::judge {

/// Whatever scores a note against the record it was written from: rules, or a language model.
class ASSAY_EXPORT Judge {
  public:
    virtual ~Judge() = default;
    /// @param note  Markdown or plain text of a SOAP note
    virtual Verdict judge(std::string_view note, const features::PatientSummary& patient) const = 0;
};

}  // namespace assay::judge
