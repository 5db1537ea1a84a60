#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "assay/judge/detail/context.hpp"
#include "assay/models/detail/text.hpp"
#include "assay/models/drug_safety.hpp"

namespace assay::judge::detail {
namespace {

using models::DrugAlert;
using models::DrugAlertKind;
using models::detail::find_word;
using models::detail::lower;

class SafetyChecker {
  public:
    explicit SafetyChecker(const Context& context) : context_(context) {}

    CriterionResult run() {
        find_acknowledged();
        check_orders();
        check_denied_allergies();
        check_doses();
        check_critical_results();
        check_deterioration();
        out_.share = out_.checked == 0 ? 1 : 1 - static_cast<double>(failed_) / static_cast<double>(out_.checked);
        return std::move(out_);
    }

  private:
    void report(const char* rule, Severity severity, std::string message, index begin, index end, std::string source,
                std::string correction = {}) {
        ++failed_;
        out_.findings.push_back(context_.finding(rule, Criterion::Safety, severity, std::move(message), begin, end,
                                                 std::move(source), std::move(correction)));
    }

    bool points_at_conflict(const Sentence& s) const {
        auto m = std::lower_bound(context_.claims.begin(), context_.claims.end(), s.begin,
                                  [](const Mention& x, index at) { return x.begin < at; });
        for (; m != context_.claims.end() && m->begin < s.end; ++m) {
            if (m->kind == static_cast<int>(Concept::Conflict)) return true;
        }
        return false;
    }

    /// Medicines that some sentence of the note holds, avoids or calls in conflict.
    void find_acknowledged() {
        for (const Mention& m : context_.drugs) {
            const Sentence* s = context_.sentence_at(m.begin);
            if (s != nullptr && points_at_conflict(*s))
                acknowledged_.insert(std::string(context_.doc.lower_slice(m.begin, m.end)));
        }
    }

    /// Every medicine that is ordered or listed, once in each sentence, against the record.
    void check_orders() {
        std::set<std::string> listed;
        for (const Mention& m : context_.drugs) {
            const Sentence* s = context_.sentence_at(m.begin);
            if (s == nullptr || points_at_conflict(*s)) continue;
            const std::string_view text = context_.doc.lower_slice(s->begin, s->end);
            if (text.find("allerg") != std::string_view::npos) continue;  // the allergy itself
            const std::string drug(context_.doc.lower_slice(m.begin, m.end));
            const bool ordered = s->section == Section::Plan || s->section == Section::None;
            ++out_.checked;
            // A medicine of the record is a conflict of the record: the note must speak of it once.
            if (!ordered && (acknowledged_.contains(drug) || !listed.insert(drug).second)) continue;
            for (const DrugAlert& alert : alerts(drug)) report_alert(alert, m, ordered);
        }
    }

    const std::vector<DrugAlert>& alerts(const std::string& drug) {
        const auto known = alerts_.find(drug);
        if (known != alerts_.end()) return known->second;
        return alerts_.emplace(drug, models::alerts_for(drug, context_.patient)).first->second;
    }

    void report_alert(const DrugAlert& alert, const Mention& m, bool ordered) {
        switch (alert.kind) {
            case DrugAlertKind::Allergy:
                report("SAF-ALLERGY", Severity::Critical,
                       alert.drug + " conflicts with the recorded allergy to " + alert.against +
                           (ordered ? "" : ", and the note does not say so"),
                       m.begin, m.end, "allergies");
                break;
            case DrugAlertKind::CrossReactivity:
                report("SAF-CROSS-REACTIVITY", Severity::Minor,
                       alert.drug + " may cross-react: allergy to " + alert.against, m.begin, m.end, "allergies");
                break;
            case DrugAlertKind::Contraindication:
                report("SAF-CONTRAINDICATION", ordered ? Severity::Critical : Severity::Major,
                       alert.drug + " is contraindicated in " + alert.against + " (" + alert.source + ")", m.begin,
                       m.end, "diagnoses");
                break;
        }
    }

    void check_denied_allergies() {
        const auto& known = context_.patient.allergies;
        if (std::none_of(known.begin(), known.end(), models::is_allergy)) return;
        ++out_.checked;
        for (const Mention& m : context_.claims) {
            if (m.kind != static_cast<int>(Concept::NoAllergy) || !context_.denies_allergy(m)) continue;
            report("SAF-ALLERGY-DENIED", Severity::Critical, "the note denies an allergy that is on record", m.begin,
                   m.end, "allergies");
        }
    }

    void check_doses() {
        const auto& numbers = context_.quantities.numbers;
        for (const auto& limit : models::dose_limits()) {
            const std::string& text = context_.doc.lower;
            for (std::size_t at = find_word(text, limit.drug); at != std::string::npos;
                 at = find_word(text, limit.drug, at + 1)) {
                const auto end = static_cast<index>(at + limit.drug.size());
                const auto n = std::lower_bound(numbers.begin(), numbers.end(), end,
                                                [](const NumberMention& x, index b) { return x.begin < b; });
                if (n == numbers.end() || n->begin - end > 12 || n->unit == nullptr ||
                    n->unit->dimension != Dimension::Dose)
                    continue;
                ++out_.checked;
                const std::string_view after = std::string_view(text).substr(
                    static_cast<std::size_t>(n->unit_end),
                    std::min<std::size_t>(10, text.size() - static_cast<std::size_t>(n->unit_end)));
                const bool per_day =
                    after.starts_with(" per day") || after.starts_with("/day") || after.starts_with("/24");
                const double most = per_day ? limit.daily_mg : limit.single_mg;
                if (n->value * n->unit->scale <= most) continue;
                report("SAF-DOSE", Severity::Critical,
                       "above the usual adult limit of " + models::detail::shortest(most) + " mg " +
                           (per_day ? "a day" : "for one dose"),
                       n->begin, n->unit_end, "dose_limits");
            }
        }
    }

    /// A critical result must be taken up in the assessment or the plan, not only listed.
    void check_critical_results() {
        std::set<std::string> seen;
        for (const auto& result : context_.patient.abnormal_results) {
            if (!result.critical || !seen.insert(lower(result.name)).second) continue;
            ++out_.checked;
            const auto taken_up = [&](const Mention& m) {
                if (m.kind != static_cast<int>(Concept::Laboratory) || !same_result(m, result)) return false;
                const Sentence* s = context_.sentence_at(m.begin);
                return s != nullptr && (s->section == Section::Assessment || s->section == Section::Plan ||
                                        s->section == Section::SafetyNet);
            };
            if (std::any_of(context_.claims.begin(), context_.claims.end(), taken_up) || named_in_plan(result.name))
                continue;
            ++failed_;
            out_.findings.push_back(missing("SAF-CRITICAL-UNADDRESSED", Criterion::Safety, Severity::Critical,
                                            "a critical result is not taken up in assessment or plan: " + result.name,
                                            "abnormal_results"));
        }
    }

    static bool same_result(const Mention& m, const features::AbnormalResult& result) {
        if (m.id >= kRecordedResult) return false;  // found by its name below
        const Analyte& a = analytes()[static_cast<std::size_t>(m.id)];
        return result.loinc == a.loinc ||
               std::find(a.names.begin(), a.names.end(), lower(result.name)) != a.names.end();
    }

    bool named_in_plan(const std::string& name) const {
        const std::string wanted = lower(name);
        return std::any_of(context_.doc.sentences.begin(), context_.doc.sentences.end(), [&](const Sentence& s) {
            if (s.section != Section::Assessment && s.section != Section::Plan) return false;
            return find_word(context_.doc.lower_slice(s.begin, s.end), wanted) != std::string_view::npos;
        });
    }

    /// NEWS2 of 7 or more asks for an emergency response, 5 or 6 for an urgent one, and a single parameter of 3 for an
    /// urgent review on the ward (RCP 2017, thresholds and triggers), so the note must escalate.
    void check_deterioration() {
        const int worst = context_.patient.worst_news2.value_or(0);
        const bool red = context_.patient.news2_red.value_or(false);
        if (worst < 5 && !red) return;
        ++out_.checked;
        static constexpr std::array<std::string_view, 8> strong{
            "emergency", "critical care",  "escalat", "icu",
            "intensive", "rapid response", "urgent",  "continuous monitoring"};
        static constexpr std::array<std::string_view, 7> review{
            "medical team", "medical review", "inform the physician", "call the physician", "doctor",
            "hourly",       "every hour"};
        const bool escalates = says_in_plan(strong) || (worst < 7 && says_in_plan(review));
        if (escalates) return;
        ++failed_;
        out_.findings.push_back(
            missing("SAF-NOT-ESCALATED", Criterion::Safety, worst >= 7 ? Severity::Critical : Severity::Major,
                    worst >= 7   ? "NEWS2 reached 7 or more and the plan does not escalate"
                    : worst >= 5 ? "NEWS2 reached 5 or more and the plan asks for no urgent review"
                                 : "a single parameter of NEWS2 scored 3 and the plan asks for no urgent review",
                    worst >= 5 ? "worst_news2" : "news2_red"));
    }

    template <class Words>
    bool says_in_plan(const Words& words) const {
        return std::any_of(context_.doc.sentences.begin(), context_.doc.sentences.end(), [&](const Sentence& s) {
            if (s.section != Section::Assessment && s.section != Section::Plan) return false;
            const std::string_view text = context_.doc.lower_slice(s.begin, s.end);
            return std::any_of(words.begin(), words.end(),
                               [&](std::string_view w) { return text.find(w) != std::string_view::npos; });
        });
    }

    const Context& context_;
    CriterionResult out_;
    index failed_ = 0;
    std::set<std::string> acknowledged_;
    std::map<std::string, std::vector<DrugAlert>> alerts_;
};

}  // namespace

CriterionResult judge_safety(const Context& context) { return SafetyChecker(context).run(); }

}  // namespace assay::judge::detail
