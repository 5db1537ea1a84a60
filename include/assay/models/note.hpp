#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/features/patient_summary.hpp"

namespace assay::models {

/// One statement of a note and where it comes from.
struct Statement {
    std::string text;  ///< one sentence or list item, with unit and time
    std::string
        source;  ///< gold column it was read from ("avg_heart_rate"), or the rule that produced it ("R-HYPOXAEMIA")
};

/// One item of a plan.
struct PlanItem {
    std::string action;
    std::string timing;
    std::string owner;
    std::string source;  ///< rule id
};

/// A problem with its reasoning and the plan for it.
struct Problem {
    std::string name;
    std::string reasoning;
    std::string source;  ///< rule id
    std::vector<PlanItem> plan;
};

/// A SOAP note: subjective, objective, assessment, plan.
/// Source: Weed 1968, "Medical records that guide and teach" (problem-oriented record).
struct SoapNote {
    std::string patient_id;
    std::string writer;  ///< "template 1", or the model's name
    std::vector<Statement> subjective;
    std::vector<Statement> objective;
    std::vector<Problem> assessment;      ///< most urgent first; their plan items are the plan
    std::vector<std::string> safety_net;  ///< return precautions and escalation
    index tokens_used = 0;                ///< 0 where no language model took part
};

ASSAY_EXPORT std::string to_markdown(const SoapNote& note);
ASSAY_EXPORT std::string to_text(const SoapNote& note);
ASSAY_EXPORT std::string to_json(const SoapNote& note);
/// A fragment of HTML for a notebook or a report; texts of the record are escaped.
ASSAY_EXPORT std::string to_html(const SoapNote& note);
/// Words of to_text(note): runs of characters between white space.
ASSAY_EXPORT index word_count(const SoapNote& note);

/// Whatever writes a note from a gold row: the template, or a language model.
class ASSAY_EXPORT NoteWriter {
  public:
    virtual ~NoteWriter() = default;
    virtual SoapNote write(const features::PatientSummary& patient) const = 0;
};

}  // namespace assay::models
