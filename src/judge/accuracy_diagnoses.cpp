#include <algorithm>
#include <unordered_set>

#include "accuracy_detail.hpp"
#include "assay/models/detail/text.hpp"
#include "assay/models/diagnosis_rules.hpp"

namespace assay::judge::detail {
namespace {

/// Diagnoses of the note against those of the record: denied though recorded, treated though ruled out.
class DiagnosisChecker {
  public:
    DiagnosisChecker(const Context& context, CriterionResult& out) : context_(context), out_(out) {}

    void run() {
        for (std::size_t i = 0; i < context_.claims.size(); ++i) {
            const Mention& m = context_.claims[i];
            if (m.kind != static_cast<int>(Concept::Diagnosis) || context_.is_quoted(m.begin, m.end)) continue;
            const Sentence* s = context_.sentence_at(m.begin);
            if (s == nullptr || s->heading) continue;
            const auto& rule = models::diagnosis_rules()[static_cast<std::size_t>(m.id)];
            if (context_.has_diagnosis(rule)) {
                if (!context_.is_hedged(*s)) check_recorded(i, *s);
            } else if (context_.record_denies(rule)) {
                check_denied(m, *s);
            }
        }
        for (const auto& rule : models::diagnosis_rules()) {
            if (!context_.has_diagnosis(rule) && context_.record_denies(rule)) check_plan(rule);
        }
    }

  private:
    void check_recorded(std::size_t i, const Sentence& s) {
        ++out_.checked;
        const Mention& m = context_.claims[i];
        const Mention* before = context_.negation(i, s);
        const Mention* behind = context_.denial_behind(i, s);
        if (before == nullptr && behind == nullptr) return;
        const index begin = before != nullptr ? before->begin : m.begin;
        const index end = before != nullptr ? m.end : behind->end;
        out_.findings.push_back(context_.finding("ACC-NEGATION", Criterion::Accuracy, Severity::Critical,
                                                 "the note denies a recorded diagnosis", begin, end, "diagnoses",
                                                 std::string(context_.doc.slice(m.begin, m.end))));
    }

    void check_denied(const Mention& m, const Sentence& s) {
        ++out_.checked;
        if (context_.is_conditional(s) || !context_.is_asserted(m, s) || !told_.insert(m.id).second) return;
        report(m.begin, m.end);
    }

    /// An action that only this disease asks for, in the words of the template.
    void check_plan(const models::DiagnosisRule& rule) {
        for (const models::PlannedAction& action : rule.plan) {
            const std::size_t at = context_.doc.lower.find(models::detail::lower(action.action));
            if (at == std::string::npos) continue;
            const Sentence* s = context_.sentence_at(static_cast<index>(at));
            if (s != nullptr && s->section == Section::Plan)
                report(static_cast<index>(at), static_cast<index>(at + action.action.size()));
        }
    }

    void report(index begin, index end) {
        out_.findings.push_back(context_.finding("ACC-RULED-OUT", Criterion::Accuracy, Severity::Major,
                                                 "the record says that the patient does not have this", begin, end,
                                                 "diagnoses"));
    }

    const Context& context_;
    CriterionResult& out_;
    std::unordered_set<int> told_;
};

}  // namespace

void check_diagnoses(const Context& context, CriterionResult& out) { DiagnosisChecker(context, out).run(); }

}  // namespace assay::judge::detail
