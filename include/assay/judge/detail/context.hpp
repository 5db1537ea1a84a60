#pragma once

#include <string>
#include <utility>
#include <vector>

#include "assay/judge/detail/lexicon.hpp"
#include "assay/judge/detail/numbers.hpp"
#include "assay/judge/verdict.hpp"
#include "assay/models/diagnosis_rules.hpp"

namespace assay::judge::detail {

/// How many words a negation or a direction reaches over.
inline constexpr index reach_in_words = 5;

/// All that the criteria need to know about one note and its patient, computed once.
struct Context {
    Context(std::string_view note, const features::PatientSummary& of);

    const features::PatientSummary& patient;
    Document doc;
    Quantities quantities;
    std::vector<Mention> claims;                  ///< of claim_phrases, in order
    std::vector<Mention> drugs;                   ///< of drug_phrases, in order
    std::vector<std::pair<index, index>> quoted;  ///< spans that repeat a text of the record, merged, in order
    std::vector<bool> hedged;                     ///< for each sentence: conditional, target or advice
    std::vector<bool> present;  ///< for each of diagnosis_rules(): the record says that the patient has it
    std::vector<bool> denied;   ///< the record says that he has not

    bool is_quoted(index begin, index end) const;
    /// Whether the lower-case note holds a text of the record, as written or by all of its longer words.
    bool mentions(std::string_view recorded) const;
    /// How many of these texts a line counts instead of naming ("A; B; and 34 more"); 0 where no such line adds up.
    index counted_rest(const std::vector<std::string>& recorded) const;
    /// The sentence that holds a byte, null outside sentences.
    const Sentence* sentence_at(index byte) const;
    bool is_hedged(const Sentence& sentence) const {
        return hedged[static_cast<std::size_t>(&sentence - doc.sentences.data())];
    }
    /// Whether a claim of this kind stands in the sentence. Cost: O(log claims + claims of the sentence).
    bool speaks_of(Concept kind, const Sentence& sentence) const;
    /// Whether the sentence itself is conditional, a target or a question, wherever it stands.
    bool is_conditional(const Sentence& sentence) const { return speaks_of(Concept::Hedge, sentence); }
    /// The negation before claim `i`, within reach and in its sentence; null where there is none.
    const Mention* negation(std::size_t i, const Sentence& sentence) const;
    /// "… ruled out" behind claim `i`, with nothing else of which it could be said between; null where there is none.
    const Mention* denial_behind(std::size_t i, const Sentence& sentence) const;
    /// Whether the sentence says that the patient has what is mentioned: not denied, a relative's, past or resolved.
    bool is_asserted(const Mention& mention, const Sentence& sentence) const;
    /// Whether a mention of NoAllergy denies an allergy that is on record: any at all ("Allergies: none known"), or
    /// that one ("no allergy to penicillin"), but not another ("Allergies: no penicillin allergy; latex").
    bool denies_allergy(const Mention& mention) const;
    /// Whether a diagnosis of the record says that the patient has this, or that he has not.
    bool has_diagnosis(const models::DiagnosisRule& rule) const { return present[position(rule)]; }
    bool record_denies(const models::DiagnosisRule& rule) const { return denied[position(rule)]; }
    Finding finding(std::string rule, Criterion criterion, Severity severity, std::string message, index begin,
                    index end, std::string source, std::string correction = {}) const;

  private:
    static std::size_t position(const models::DiagnosisRule& rule) {
        return static_cast<std::size_t>(&rule - models::diagnosis_rules().data());
    }

    mutable const Sentence* read_ = nullptr;  // the sentence that is_asserted read last, and what it affirms
    mutable std::string affirmed_;
};

/// What one criterion found. `share` of its checks that passed, in [0, 1].
struct CriterionResult {
    double share = 1;
    std::vector<Finding> findings;
    index checked = 0;
    index uncheckable = 0;
};

CriterionResult judge_accuracy(const Context& context);
CriterionResult judge_completeness(const Context& context);
CriterionResult judge_safety(const Context& context);
CriterionResult judge_actionability(const Context& context);
CriterionResult judge_relevance(const Context& context);

/// A finding without a place: something is missing.
Finding missing(std::string rule, Criterion criterion, Severity severity, std::string message, std::string source,
                std::string correction = {});

}  // namespace assay::judge::detail
