#include "assay/judge/detail/context.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "assay/models/detail/affirmed.hpp"
#include "assay/models/detail/text.hpp"
#include "assay/models/drug_safety.hpp"

namespace assay::judge::detail {
namespace {

std::vector<std::string_view> recorded_texts(const features::PatientSummary& patient) {
    std::vector<std::string_view> texts{patient.chief_complaint, patient.imaging};
    for (const auto* list : {&patient.diagnoses, &patient.medications, &patient.allergies}) {
        texts.insert(texts.end(), list->begin(), list->end());
    }
    return texts;
}

std::vector<std::pair<index, index>> find_quoted(const std::string& lower, const features::PatientSummary& patient) {
    std::vector<std::pair<index, index>> spans;
    std::unordered_set<std::string> seen;
    for (const std::string_view text : recorded_texts(patient)) {
        const std::string wanted = models::detail::lower(text);
        if (wanted.size() < 3 || !seen.insert(wanted).second) continue;
        for (std::size_t at = models::detail::find_word(lower, wanted); at != std::string::npos;
             at = models::detail::find_word(lower, wanted, at + wanted.size())) {
            spans.emplace_back(static_cast<index>(at), static_cast<index>(at + wanted.size()));
        }
    }
    std::sort(spans.begin(), spans.end());
    std::vector<std::pair<index, index>> merged;
    for (const auto& span : spans) {
        if (!merged.empty() && span.first <= merged.back().second) {
            merged.back().second = std::max(merged.back().second, span.second);
        } else {
            merged.push_back(span);
        }
    }
    return merged;
}

std::vector<bool> find_hedged(const Document& doc, const std::vector<Mention>& claims) {
    std::vector<bool> hedged(doc.sentences.size(), false);
    std::size_t at = 0;
    for (std::size_t s = 0; s < doc.sentences.size(); ++s) {
        const Sentence& sentence = doc.sentences[s];
        hedged[s] = sentence.section == Section::Plan || sentence.section == Section::SafetyNet;
        for (; at < claims.size() && claims[at].begin < sentence.end; ++at) {
            if (claims[at].kind == static_cast<int>(Concept::Hedge)) hedged[s] = true;
        }
    }
    return hedged;
}

/// For each rule on diagnoses, whether `says` holds of a diagnosis of the record.
std::vector<bool> of_rules(const features::PatientSummary& patient,
                           bool (*says)(const models::DiagnosisRule&, std::string_view)) {
    std::vector<bool> out;
    for (const auto& rule : models::diagnosis_rules()) {
        out.push_back(std::any_of(patient.diagnoses.begin(), patient.diagnoses.end(),
                                  [&](const std::string& d) { return says(rule, d); }));
    }
    return out;
}

/// Mentions outside source tags such as "[R-FEVER]" or "[avg_spo2,min_spo2]".
std::vector<Mention> outside_tags(const Document& doc, std::vector<Mention> mentions) {
    const std::string_view text = doc.lower;
    std::erase_if(mentions, [&](const Mention& m) {
        constexpr index longest_tag = 200;
        for (index at = m.begin; at-- > std::max<index>(0, m.begin - longest_tag);) {
            const char c = text[static_cast<std::size_t>(at)];
            if (c == ' ' || c == '\n' || c == ']') return false;
            if (c == '[') return true;
        }
        return false;
    });
    return mentions;
}

}  // namespace

Context::Context(std::string_view note, const features::PatientSummary& of)
    : patient(of),
      doc(parse_document(note)),
      quantities(find_quantities(doc)),
      claims(outside_tags(doc, claim_phrases(of).find(doc))),
      drugs(outside_tags(doc, drug_phrases().find(doc))),
      quoted(find_quoted(doc.lower, of)),
      hedged(find_hedged(doc, claims)),
      present(of_rules(of, models::matches)),
      denied(of_rules(of, models::denies)) {}

bool Context::is_quoted(index begin, index end) const {
    auto after = std::upper_bound(quoted.begin(), quoted.end(), begin,
                                  [](index at, const std::pair<index, index>& span) { return at < span.first; });
    return after != quoted.begin() && std::prev(after)->second >= end;
}

bool Context::mentions(std::string_view recorded) const {
    const std::string wanted = models::detail::lower(recorded);
    if (models::detail::find_word(doc.lower, wanted) != std::string::npos) return true;
    // "Pulmonary tuberculosis (icd10|A15.0)" is mentioned by "tuberculosis of the lung, pulmonary".
    const Document words = parse_document(recorded);
    index needed = 0;
    for (index t = 0; t < static_cast<index>(words.tokens.size()); ++t) {
        const std::string_view word = words.word(t);
        const bool code = std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (word.size() < 5 || code) continue;
        ++needed;
        if (models::detail::find_word(doc.lower, word) == std::string::npos) return false;
    }
    return needed > 0;
}

index Context::counted_rest(const std::vector<std::string>& recorded) const {
    std::vector<std::string> longest_first;
    for (const std::string& text : recorded) longest_first.push_back(models::detail::lower(text));
    std::stable_sort(longest_first.begin(), longest_first.end(),
                     [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    constexpr std::string_view word = " more";
    for (std::size_t at = doc.lower.find(word); at != std::string::npos; at = doc.lower.find(word, at + 1)) {
        const auto number = std::find_if(quantities.numbers.begin(), quantities.numbers.end(),
                                         [&](const NumberMention& n) { return n.end == static_cast<index>(at); });
        if (number == quantities.numbers.end() || number->decimals > 0) continue;
        const std::size_t begin = doc.lower.rfind('\n', at) + 1;  // npos + 1 is the start of the text
        std::string line = doc.lower.substr(begin, at - begin);
        index named = 0;
        for (const std::string& text : longest_first) {
            const std::size_t found = text.empty() ? std::string::npos : line.find(text);
            if (found == std::string::npos) continue;
            line.replace(found, text.size(), text.size(), '\x01');  // "heparin" within "heparin sodium" counts once
            ++named;
        }
        if (named > 0 && static_cast<double>(static_cast<index>(recorded.size()) - named) == number->value)
            return static_cast<index>(number->value);
    }
    return 0;
}

bool Context::speaks_of(Concept kind, const Sentence& s) const {
    auto m = std::lower_bound(claims.begin(), claims.end(), s.begin,
                              [](const Mention& x, index at) { return x.begin < at; });
    for (; m != claims.end() && m->begin < s.end; ++m) {
        if (m->kind == static_cast<int>(kind)) return true;
    }
    return false;
}

const Mention* Context::negation(std::size_t i, const Sentence& s) const {
    for (std::size_t k = i; k-- > 0;) {
        const Mention& m = claims[k];
        if (m.begin < s.begin || claims[i].token - m.token > reach_in_words) return nullptr;
        const auto kind = static_cast<Concept>(m.kind);
        if (kind == Concept::Contrast) return nullptr;
        if (kind != Concept::Negator) continue;
        // "TB ruled out, pneumonia confirmed": that one was said of what stands before it.
        const bool spoken =
            m.id == kRuledOut && doc.lower_slice(m.end, claims[i].begin).find(',') != std::string_view::npos;
        if (!spoken) return &m;
    }
    return nullptr;
}

const Mention* Context::denial_behind(std::size_t i, const Sentence& s) const {
    for (std::size_t k = i + 1; k < claims.size() && claims[k].begin < s.end; ++k) {
        const Mention& m = claims[k];
        if (m.token - claims[i].token > reach_in_words) return nullptr;
        const auto kind = static_cast<Concept>(m.kind);
        if (kind == Concept::Contrast || kind == Concept::Diagnosis || kind == Concept::Condition) return nullptr;
        if (kind != Concept::Negator) continue;
        if (m.id != kRuledOut) return nullptr;
        std::string_view between = doc.lower_slice(claims[i].end, m.begin);
        while (!between.empty() && (between.back() == ' ' || between.back() == ',')) between.remove_suffix(1);
        return between.find(',') == std::string_view::npos ? &m : nullptr;
    }
    return nullptr;
}

bool Context::is_asserted(const Mention& m, const Sentence& s) const {
    if (read_ != &s) affirmed_ = models::detail::affirmed(doc.lower_slice(s.begin, s.end), models::detail::kEveryAside);
    read_ = &s;
    return affirmed_[static_cast<std::size_t>(m.begin - s.begin)] != '#';
}

bool Context::denies_allergy(const Mention& m) const {
    static constexpr std::array<std::string_view, 14> general{
        "known",   "drug",      "drugs", "medication", "medications", "food",     "environmental",
        "allergy", "allergies", "any",   "to",         "reported",    "recorded", "or"};
    const auto& known = patient.allergies;
    if (std::none_of(known.begin(), known.end(), models::is_allergy)) return false;
    if (is_quoted(m.begin, m.end) || is_quoted(m.end - 1, m.end)) return false;
    const auto from = static_cast<std::size_t>(m.end);
    constexpr std::size_t most = 200;  // bytes that may say of which allergy
    const std::string_view behind = std::string_view(doc.lower).substr(from, most);
    const std::string_view said = behind.substr(0, behind.find_first_of(".,;:()[]\n"));
    // "No allergies" is said of all; "Allergies: no …" and "no allergy to …" go on to say of which.
    if (!said.starts_with(" to ") && !doc.lower_slice(m.begin, m.end).ends_with(" no")) return true;
    const Document words = parse_document(said);
    bool particular = false;
    for (index t = 0; t < static_cast<index>(words.tokens.size()); ++t) {
        const std::string_view word = words.word(t);
        if (std::find(general.begin(), general.end(), word) != general.end()) continue;
        particular = true;
        const auto stated = [&](const std::string& a) {
            return models::detail::has_term(models::stated_allergy(a), word);
        };
        if (word.size() > 3 && std::any_of(known.begin(), known.end(), stated)) return true;
    }
    return !particular;
}

const Sentence* Context::sentence_at(index byte) const {
    auto after = std::upper_bound(doc.sentences.begin(), doc.sentences.end(), byte,
                                  [](index at, const Sentence& s) { return at < s.begin; });
    if (after == doc.sentences.begin()) return nullptr;
    const Sentence& s = *std::prev(after);
    return byte < s.end ? &s : nullptr;
}

Finding Context::finding(std::string rule, Criterion criterion, Severity severity, std::string message, index begin,
                         index end, std::string source, std::string correction) const {
    Finding f{std::move(rule),      criterion, severity, std::move(message), begin, end, {}, std::move(source),
              std::move(correction)};
    f.evidence = std::string(doc.slice(begin, end));
    return f;
}

Finding missing(std::string rule, Criterion criterion, Severity severity, std::string message, std::string source,
                std::string correction) {
    return {std::move(rule), criterion, severity,          std::move(message),   std::nullopt,
            std::nullopt,    {},        std::move(source), std::move(correction)};
}

}  // namespace assay::judge::detail
