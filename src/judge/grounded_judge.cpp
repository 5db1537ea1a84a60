#include "assay/judge/grounded_judge.hpp"

#include <algorithm>

#include "assay/judge/detail/context.hpp"

namespace assay::judge {
namespace {

using detail::CriterionResult;

constexpr std::array<double, 5> kWeights{0.30, 0.20, 0.25, 0.15, 0.10};

double penalty(Severity severity) {
    static constexpr std::array<double, 4> costs{0.0, 0.1, 0.5, 1.5};
    return costs[static_cast<std::size_t>(severity)];
}

double score_of(const CriterionResult& result) {
    double score = 1 + 4 * result.share;
    for (const Finding& f : result.findings) score -= penalty(f.severity);
    return std::clamp(score, 1.0, 5.0);
}

bool capped(const Verdict& verdict) {
    const bool fatal = std::any_of(verdict.findings.begin(), verdict.findings.end(), [](const Finding& f) {
        return f.severity == Severity::Critical && (f.criterion == Criterion::Safety || f.rule == "ACC-IDENTITY");
    });
    return fatal || verdict.score(Criterion::Accuracy) < 2 || verdict.score(Criterion::Relevance) < 2;
}

}  // namespace

Verdict GroundedJudge::judge(std::string_view note, const features::PatientSummary& patient) const {
    const detail::Context context(note, patient);
    std::array<CriterionResult, 5> results{detail::judge_accuracy(context), detail::judge_completeness(context),
                                           detail::judge_safety(context), detail::judge_actionability(context),
                                           detail::judge_relevance(context)};
    Verdict verdict;
    verdict.patient_id = patient.patient_id;
    verdict.judge = version;
    for (std::size_t c = 0; c < results.size(); ++c) {
        verdict.scores[c] = score_of(results[c]);
        verdict.overall += kWeights[c] * verdict.scores[c];
        std::move(results[c].findings.begin(), results[c].findings.end(), std::back_inserter(verdict.findings));
    }
    const CriterionResult& accuracy = results.front();
    const index statements = accuracy.checked + accuracy.uncheckable;
    verdict.confidence = statements == 0 ? 0 : static_cast<double>(accuracy.checked) / static_cast<double>(statements);
    if (capped(verdict)) verdict.overall = std::min(verdict.overall, cap);
    verdict.passed = verdict.overall >= pass_mark;
    return verdict;
}

}  // namespace assay::judge
