#include <algorithm>
#include <array>

#include "accuracy_detail.hpp"
#include "assay/models/detail/text.hpp"

namespace assay::judge::detail {
namespace {

using features::Vital;

/// What the record says about a condition; neither where the values lie between the limits or are missing.
struct Standing {
    bool refuted = false;      ///< asserting it is wrong
    bool established = false;  ///< denying it is wrong
};

Standing standing(const VitalCondition& condition, const features::PatientSummary& patient) {
    const auto& v = patient.vital(condition.vital);
    const bool high = condition.direction == Direction::High;
    const auto extreme = high ? v.maximum : v.minimum;
    if (!extreme) return {};
    const auto reaches = [&](std::optional<double> value, double limit) {
        return value && (high ? *value >= limit : *value <= limit);
    };
    Standing s;
    s.refuted = high ? *extreme < condition.assert_limit : *extreme > condition.assert_limit;
    s.established = condition.deny_by_average
                        ? reaches(v.average, condition.deny_limit) || reaches(v.last, condition.deny_limit)
                        : reaches(extreme, condition.deny_limit);
    if (condition.vital == Vital::SystolicBp && high) {  // either pressure makes a raised blood pressure
        const auto& diastolic = patient.vital(Vital::DiastolicBp);
        s.refuted = s.refuted && diastolic.maximum.value_or(0) < 85;
        s.established = s.established || diastolic.average.value_or(0) >= 90;
    }
    return s;
}

const VitalCondition* condition_of(Vital vital, Direction direction) {
    for (const VitalCondition& c : conditions()) {
        if (c.vital == vital && c.direction == direction && !c.denies) return &c;
    }
    return nullptr;
}

class ConditionChecker {
  public:
    ConditionChecker(const Context& context, CriterionResult& out) : context_(context), out_(out) {}

    void run() {
        const auto& m = context_.claims;
        for (std::size_t i = 0; i < m.size(); ++i) {
            const Sentence* s = context_.sentence_at(m[i].begin);
            if (s == nullptr || s->heading || context_.is_hedged(*s)) continue;
            const auto kind = static_cast<Concept>(m[i].kind);
            if (kind == Concept::Condition) check_condition(i, *s);
            if (kind == Concept::RedScore) check_red_score(i, *s);
            if (kind == Concept::Direction) check_direction(i, *s);
        }
    }

  private:
    bool about_now(std::size_t i, const Sentence& s) const {
        const auto& m = context_.claims;
        for (std::size_t k = i; k-- > 0 && m[k].begin >= s.begin;) {
            if (m[k].kind == static_cast<int>(Concept::Qualifier) && m[k].id == static_cast<int>(Qualifier::Last))
                return true;
        }
        return false;
    }

    void report(const char* rule, Severity severity, std::string message, index begin, index end, std::string source,
                std::string correction = {}) {
        out_.findings.push_back(context_.finding(rule, Criterion::Accuracy, severity, std::move(message), begin, end,
                                                 std::move(source), std::move(correction)));
    }

    void check_condition(std::size_t i, const Sentence& s) {
        const Mention& m = context_.claims[i];
        const VitalCondition& c = conditions()[static_cast<std::size_t>(m.id)];
        if (!context_.patient.vital(c.vital).average) return;
        const Mention* no = context_.negation(i, s);
        if (no != nullptr && no->id == 1) return;  // "denies fever" is what the patient said, not what was measured
        const bool denied = (no != nullptr) != c.denies;
        const Standing standing_now = standing(c, context_.patient);
        ++out_.checked;
        const std::string column(models::display_of(c.vital).column);
        const index begin = no != nullptr ? no->begin : m.begin;
        const std::string said(context_.doc.lower_slice(m.begin, m.end));
        if (denied && standing_now.established && !about_now(i, s)) {
            report("ACC-NEGATION", Severity::Major, "the note denies what the record shows", begin, m.end, column,
                   c.denies ? std::string(counterpart(c)) : said);
        } else if (!denied && standing_now.refuted && !on_record(said)) {
            report("ACC-CONDITION", Severity::Major, "the record never shows this", m.begin, m.end, column,
                   no != nullptr ? said : "no " + said);
        }
    }

    void check_red_score(std::size_t i, const Sentence& s) {
        if (!context_.patient.news2_red) return;
        ++out_.checked;
        const Mention& m = context_.claims[i];
        const bool denied = !context_.is_asserted(m, s);
        if (denied != *context_.patient.news2_red) return;
        report(denied ? "ACC-NEGATION" : "ACC-CONDITION", Severity::Major,
               denied ? "the note denies what the record shows" : "the record never shows this", m.begin, m.end,
               "news2_red");
    }

    /// The asserting word of a denying one: "febrile" for "afebrile".
    static std::string_view counterpart(const VitalCondition& denial) {
        const VitalCondition* c = condition_of(denial.vital, denial.direction);
        return c == nullptr ? std::string_view{} : denial.names.front() == "afebrile" ? "febrile" : c->names.back();
    }

    bool on_record(const std::string& word) const {
        const auto holds = [&](const std::string& text) {
            return models::detail::lower(text).find(word) != std::string::npos;
        };
        const auto& p = context_.patient;
        return holds(p.chief_complaint) || std::any_of(p.diagnoses.begin(), p.diagnoses.end(), holds);
    }

    /// "heart rate is elevated", "low SpO2", "potassium … (high": the nearest subject within reach, before or just
    /// after.
    void check_direction(std::size_t i, const Sentence& s) {
        const Mention& m = context_.claims[i];
        const Mention* subject = nullptr;
        const auto& all = context_.claims;
        const auto is_subject = [](const Mention& x) {
            const auto kind = static_cast<Concept>(x.kind);
            return kind == Concept::Vital || kind == Concept::BloodPressure || kind == Concept::Laboratory;
        };
        for (std::size_t k = i; subject == nullptr && k-- > 0;) {
            if (all[k].begin < s.begin || m.token - all[k].token > 2 * reach_in_words) break;
            if (static_cast<Concept>(all[k].kind) == Concept::Direction)
                break;  // that one has spoken of the subject before
            if (is_subject(all[k])) subject = &all[k];
        }
        // "low SpO2": the subject right behind, unless one stands as near before ("potassium high, sodium low").
        const bool behind =
            i + 1 < all.size() && is_subject(all[i + 1]) && all[i + 1].begin < s.end && all[i + 1].begin - m.end <= 4;
        if (behind && (subject == nullptr || m.begin - subject->end > 4)) subject = &all[i + 1];
        if (subject == nullptr || context_.negation(i, s) != nullptr) return;
        const auto direction = static_cast<Direction>(m.id);
        if (static_cast<Concept>(subject->kind) == Concept::Laboratory)
            return check_result_direction(*subject, m, direction);
        const Vital vital =
            static_cast<Concept>(subject->kind) == Concept::Vital ? static_cast<Vital>(subject->id) : Vital::SystolicBp;
        check_vital_direction(vital, *subject, m, direction);
    }

    void check_vital_direction(Vital vital, const Mention& subject, const Mention& m, Direction direction) {
        const std::string said = models::detail::lower(context_.doc.lower_slice(subject.begin, subject.end));
        const auto& results = context_.patient.abnormal_results;
        if (std::any_of(results.begin(), results.end(),
                        [&](const auto& r) { return models::detail::lower(r.name) == said; }))
            return;
        if (!context_.patient.vital(vital).average) return;
        ++out_.checked;
        for (const Direction side : {Direction::High, Direction::Low}) {
            const VitalCondition* c = condition_of(vital, side);
            if (c == nullptr) continue;
            const Standing now = standing(*c, context_.patient);
            const bool wrong = direction == Direction::Normal ? now.established : direction == side && now.refuted;
            if (!wrong) continue;
            const char* right = direction != Direction::Normal ? "normal" : side == Direction::High ? "high" : "low";
            return report("ACC-DIRECTION", Severity::Major, "the record does not agree with this direction", m.begin,
                          m.end, std::string(models::display_of(vital).column), right);
        }
    }

    void check_result_direction(const Mention& subject, const Mention& m, Direction direction) {
        bool high = false;
        bool low = false;
        for (std::size_t r = 0; r < context_.patient.abnormal_results.size(); ++r) {
            const auto& result = context_.patient.abnormal_results[r];
            if (!names(subject, result)) continue;
            (result.high ? high : low) = true;
        }
        if (!high && !low) return;
        ++out_.checked;
        const bool agrees = direction == Direction::High ? high : direction == Direction::Low ? low : false;
        if (!agrees) {
            report("ACC-DIRECTION", Severity::Major, "the result lies on the other side of its reference range",
                   m.begin, m.end, "abnormal_results", high ? "high" : "low");
        }
    }

    bool names(const Mention& subject, const features::AbnormalResult& result) const {
        const std::string name = models::detail::lower(result.name);
        if (subject.id >= kRecordedResult) {
            const auto at = static_cast<std::size_t>(subject.id - kRecordedResult);
            return name == models::detail::lower(context_.patient.abnormal_results[at].name);
        }
        const Analyte& a = analytes()[static_cast<std::size_t>(subject.id)];
        return result.loinc == a.loinc || std::find(a.names.begin(), a.names.end(), name) != a.names.end();
    }

    const Context& context_;
    CriterionResult& out_;
};

}  // namespace

void check_conditions(const Context& context, CriterionResult& out) { ConditionChecker(context, out).run(); }

}  // namespace assay::judge::detail
