#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "assay/judge/detail/context.hpp"
#include "assay/models/detail/text.hpp"
#include "assay/models/diagnosis_rules.hpp"
#include "assay/models/vital_rules.hpp"

namespace assay::judge::detail {
namespace {

constexpr index kShort = 6;  // sentences below this many words are not asked for their topic

/// Words of the record's own texts, five letters or more; a note that uses them is on its topic.
std::unordered_set<std::string> record_words(const features::PatientSummary& patient) {
    std::unordered_set<std::string> words;
    const auto add = [&](std::string_view text) {
        const Document doc = parse_document(text);
        for (index t = 0; t < static_cast<index>(doc.tokens.size()); ++t) {
            if (doc.word(t).size() >= 5) words.emplace(doc.word(t));
        }
    };
    add(patient.chief_complaint);
    add(patient.imaging);
    for (const auto* list : {&patient.diagnoses, &patient.medications, &patient.allergies}) {
        for (const std::string& text : *list) add(text);
    }
    for (const auto& result : patient.abnormal_results) add(result.name);
    for (const char* general :
         {"patient", "history", "years", "chronic", "disease", "normal", "other", "without", "acute", "related",
          "unspecified", "status", "due", "presents", "reports", "right", "lower", "upper"}) {
        words.erase(general);
    }
    return words;
}

class RelevanceJudge {
  public:
    explicit RelevanceJudge(const Context& context)
        : context_(context), words_(record_words(context.patient)), care_(care_phrases().find(context.doc)) {}

    CriterionResult run() {
        check_topics();
        check_copies();
        check_foreign_diagnoses();
        const double overlap = problem_overlap();
        const double off = total_ == 0 ? 1 : static_cast<double>(off_) / static_cast<double>(total_);
        if (overlap < 0.5) {
            out_.findings.push_back(missing("REL-PROBLEMS", Criterion::Relevance, Severity::Major,
                                            "the note takes up less than half of the patient's problems", "diagnoses"));
        }
        out_.share = std::clamp(overlap * (1 - off), 0.0, 1.0);
        return std::move(out_);
    }

  private:
    bool topical(const Sentence& s, std::size_t& claim, std::size_t& care) const {
        for (index t = s.first_token; t < s.last_token; ++t) {
            if (words_.contains(std::string(context_.doc.word(t)))) return true;
        }
        bool found = false;
        for (; claim < context_.claims.size() && context_.claims[claim].begin < s.end; ++claim) {
            const Mention& m = context_.claims[claim];
            const auto kind = static_cast<Concept>(m.kind);
            // A recorded name as common as "other" must not count twice; modifiers say nothing of a topic.
            found = found || kind == Concept::Vital || kind == Concept::BloodPressure || kind == Concept::Condition ||
                    kind == Concept::News2 || kind == Concept::Laboratory || kind == Concept::NoAllergy ||
                    kind == Concept::Sex || kind == Concept::Risk || kind == Concept::VitalCount ||
                    (kind == Concept::Diagnosis && recorded(m.id));
        }
        for (; care < care_.size() && care_[care].begin < s.end; ++care) found = true;
        return found;
    }

    bool recorded(int rule) const {
        const auto& r = models::diagnosis_rules()[static_cast<std::size_t>(rule)];
        return context_.has_diagnosis(r) || context_.record_denies(r);
    }

    /// Runs of sentences that name nothing of the patient and nothing of care.
    void check_topics() {
        std::size_t claim = 0;
        std::size_t care = 0;
        index run_begin = -1;
        index run_end = 0;
        index run_words = 0;
        const auto close = [&] {
            if (run_begin >= 0 && run_words >= 8) {
                out_.findings.push_back(context_.finding("REL-OFF-TOPIC", Criterion::Relevance,
                                                         run_words >= 25 ? Severity::Critical : Severity::Major,
                                                         "nothing here is about this patient", run_begin, run_end, ""));
                off_ += run_words;
            }
            run_begin = -1;
            run_words = 0;
        };
        for (const Sentence& s : context_.doc.sentences) {
            while (claim < context_.claims.size() && context_.claims[claim].begin < s.begin) ++claim;
            while (care < care_.size() && care_[care].begin < s.begin) ++care;
            total_ += s.words();
            ++out_.checked;
            const bool on_topic = s.heading || topical(s, claim, care);
            if (on_topic || (s.words() < kShort && run_begin < 0)) {
                close();
                continue;
            }
            if (run_begin < 0) run_begin = s.begin;
            run_end = s.end;
            run_words += s.words();
        }
        close();
    }

    /// A sentence of some length that stands in the note twice was pasted.
    void check_copies() {
        std::unordered_map<std::string, index> seen;
        for (const Sentence& s : context_.doc.sentences) {
            if (s.heading || s.words() < 8) continue;
            std::string text;
            for (index t = s.first_token; t < s.last_token; ++t) text.append(context_.doc.word(t)).push_back(' ');
            if (seen[text]++ == 0) continue;
            out_.findings.push_back(context_.finding("REL-COPIED", Criterion::Relevance, Severity::Major,
                                                     "this sentence repeats an earlier one", s.begin, s.end, ""));
            off_ += s.words();
        }
    }

    void check_foreign_diagnoses() {
        std::unordered_set<int> told;
        for (const Mention& m : context_.claims) {
            if (m.kind != static_cast<int>(Concept::Diagnosis) || context_.is_quoted(m.begin, m.end) || recorded(m.id))
                continue;
            const Sentence* s = context_.sentence_at(m.begin);
            if (s == nullptr || s->heading || context_.is_hedged(*s) || !context_.is_asserted(m, *s) || negated(m, *s))
                continue;
            if (!told.insert(m.id).second) continue;
            out_.findings.push_back(context_.finding("REL-UNRECORDED-DIAGNOSIS", Criterion::Relevance, Severity::Minor,
                                                     "this diagnosis is not on the patient's record", m.begin, m.end,
                                                     "diagnoses"));
        }
    }

    bool negated(const Mention& m, const Sentence& s) const {
        auto n = std::lower_bound(context_.claims.begin(), context_.claims.end(), s.begin,
                                  [](const Mention& x, index at) { return x.begin < at; });
        for (; n != context_.claims.end() && n->token < m.token; ++n) {
            if (n->kind == static_cast<int>(Concept::Negator) && m.token - n->token <= 6) return true;
        }
        return false;
    }

    /// Share of the patient's problems (diagnoses, abnormal vital signs, critical results) that the note takes up.
    double problem_overlap() const {
        double known = 0;
        double met = 0;
        const auto count = [&](bool present) {
            known += 1;
            met += present ? 1 : 0;
        };
        // Long lists of old diagnoses weigh together as much as four problems; those counted but not named count half.
        const auto& diagnoses = context_.patient.diagnoses;
        const double weight = diagnoses.size() > 4 ? 4.0 / static_cast<double>(diagnoses.size()) : 1.0;
        const double unnamed = context_.counted_rest(diagnoses) > 0 ? 0.5 : 0.0;
        for (const std::string& d : diagnoses) {
            known += weight;
            met += weight * (diagnosis_met(d) ? 1.0 : unnamed);
        }
        for (const models::VitalRule* rule : models::abnormal_vitals(context_.patient)) {
            count(std::any_of(context_.claims.begin(), context_.claims.end(), [&](const Mention& m) {
                const auto kind = static_cast<Concept>(m.kind);
                return (kind == Concept::Vital && m.id == static_cast<int>(rule->vital)) ||
                       (kind == Concept::Condition &&
                        conditions()[static_cast<std::size_t>(m.id)].vital == rule->vital);
            }));
        }
        for (const auto& result : context_.patient.abnormal_results) {
            if (result.critical) count(context_.mentions(result.name));
        }
        return known == 0 ? 1 : met / known;
    }

    bool diagnosis_met(const std::string& diagnosis) const {
        if (context_.mentions(diagnosis)) return true;
        return std::any_of(context_.claims.begin(), context_.claims.end(), [&](const Mention& m) {
            return m.kind == static_cast<int>(Concept::Diagnosis) &&
                   models::matches(models::diagnosis_rules()[static_cast<std::size_t>(m.id)], diagnosis);
        });
    }

    const Context& context_;
    std::unordered_set<std::string> words_;
    std::vector<Mention> care_;
    CriterionResult out_;
    index total_ = 0;
    index off_ = 0;
};

}  // namespace

CriterionResult judge_relevance(const Context& context) { return RelevanceJudge(context).run(); }

}  // namespace assay::judge::detail
