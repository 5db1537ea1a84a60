#include "assay/models/drug_safety.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "assay/data/loinc_reference.hpp"
#include "assay/data/units/reported_unit.hpp"
#include "assay/models/detail/affirmed.hpp"
#include "assay/models/detail/text.hpp"

namespace assay::models {
namespace {

using detail::find_word;
using detail::lower;

bool names(std::string_view text, const DrugClass& group) {
    const auto inside = [&](std::string_view word) { return find_word(text, word) != std::string_view::npos; };
    return std::any_of(group.members.begin(), group.members.end(), inside) ||
           std::any_of(group.words.begin(), group.words.end(), inside);
}

/// The member of a known class that a medication text names, else its first word.
std::string drug_name(std::string_view text) {
    for (const DrugClass& group : drug_classes()) {
        for (const std::string_view member : group.members) {
            if (find_word(text, member) != std::string_view::npos) return std::string(member);
        }
    }
    return std::string(text.substr(0, text.find_first_of(" ,;(")));
}

/// The code of an allergy that stands in a text; null where there is none.
const AllergyCode* code_in(std::string_view lowered) {
    for (const AllergyCode& known : allergy_codes()) {
        if (find_word(lowered, known.code) != std::string_view::npos) return &known;
    }
    return nullptr;
}

/// The allergies of the record as they are told: entries of the list, and diagnoses that are codes of one.
std::vector<std::string> told_allergies(const features::PatientSummary& patient) {
    std::vector<std::string> out;
    for (const std::string& allergy : patient.allergies) {
        if (is_allergy(allergy)) out.push_back(allergy);
    }
    for (const std::string& diagnosis : patient.diagnoses) {
        const AllergyCode* code = code_in(lower(diagnosis));
        if (code != nullptr && !code->means.empty() && is_allergy(diagnosis)) out.push_back(diagnosis);
    }
    return out;
}

/// "penicillin (icd9|V140)" for a code, otherwise the entry itself.
std::string named(const std::string& allergy) {
    const std::string text = lower(allergy);
    const AllergyCode* code = code_in(text);
    return code != nullptr && text == code->code ? std::string(code->means) + " (" + allergy + ")" : allergy;
}

void add_allergies(std::string_view drug, const features::PatientSummary& patient, std::vector<DrugAlert>& out) {
    const std::string name = drug_name(drug);
    const auto groups = classes_of(drug);
    const auto in = [&](std::string_view group) {
        return std::find(groups.begin(), groups.end(), group) != groups.end();
    };
    for (const std::string& allergy : told_allergies(patient)) {
        const std::string text = stated_allergy(allergy);
        const auto allergic = classes_of(text);
        const bool same = (name.size() > 2 && find_word(text, name) != std::string::npos) ||
                          std::any_of(allergic.begin(), allergic.end(), in);
        const bool penicillin = std::find(allergic.begin(), allergic.end(), "penicillin") != allergic.end();
        if (same) {
            out.push_back({DrugAlertKind::Allergy, name, named(allergy), "recorded allergy; WHO ATC class"});
        } else if (penicillin && (in("cephalosporin") || in("carbapenem"))) {
            out.push_back({DrugAlertKind::CrossReactivity, name, named(allergy),
                           "Pichichero 2014: cross-reactivity of beta-lactams depends on the side chain"});
        }
    }
}

/// A result in the unit of its reference, which the limits of the table are in; nothing where it does not convert.
std::optional<double> in_reference_unit(const features::AbnormalResult& result) {
    for (const data::LoincReference& reference : data::loinc_references()) {
        if (reference.loinc != result.loinc) continue;
        data::ReportedUnits units(reference.unit, reference.loinc);
        const data::UnitConverter* converter = units.from(result.unit);
        return converter == nullptr ? std::nullopt : std::optional((*converter)(result.value));
    }
    return std::nullopt;
}

bool has_state(const Contraindication& row, const std::string& diagnosis) {
    const auto term = [&](const std::string& text) {
        return std::any_of(row.diagnosis.begin(), row.diagnosis.end(),
                           [&](std::string_view t) { return detail::has_term(text, t); });
    };
    const auto code = [&](const std::string& text) {
        return std::any_of(row.icd.begin(), row.icd.end(),
                           [&](std::string_view c) { return detail::has_code(text, c); });
    };
    const std::string text = lower(diagnosis);
    const bool worded = term(text);
    if (!worded && !code(text)) return false;
    using detail::Aside;
    const std::string left = detail::affirmed(text, row.passing ? detail::kEveryAside : Aside::Absent);
    return worded ? term(left) : code(left);
}

bool state_holds(const Contraindication& row, const features::PatientSummary& patient) {
    const auto holds = [&](const std::string& diagnosis) { return has_state(row, diagnosis); };
    if (std::any_of(patient.diagnoses.begin(), patient.diagnoses.end(), holds)) return true;
    return !row.loinc.empty() &&
           std::any_of(patient.abnormal_results.begin(), patient.abnormal_results.end(), [&](const auto& result) {
               return result.loinc == row.loinc && in_reference_unit(result).value_or(row.above) > row.above;
           });
}

/// A part of an entry, of words with single blanks between them.
std::string plain(std::string_view part) {
    std::string out;
    for (const char c : part) {
        if (c != ' ' && c != '\t') {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

bool has_any_word(std::string_view text, std::span<const std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return detail::has_term(text, w); });
}

/// Whether a part of an entry says that there is no such allergy. Only closed forms do: "no penicillin" and "never give
/// penicillin" forbid it, "mother states penicillin allergy" and "rash resolved" tell of one. An allergy that is missed
/// harms more than one that is asked about.
bool is_denial(std::string_view part) {
    static constexpr std::array<std::string_view, 10> kNone{"nkda",      "nka", "nkfa", "none",     "none known",
                                                            "nil known", "nil", "no",   "negative", "none recorded"};
    static constexpr std::array<std::string_view, 7> kOpenings{
        "no known ", "no allergy to ",     "no allergies to ", "not allergic to ",
        "denies ",   "family history of ", "tolerates "};
    static constexpr std::array<std::string_view, 2> kAllergy{" allergy", " allergies"};
    static constexpr std::array<std::string_view, 7> kEndings{" (refuted)",       " (resolved)",  " allergy ruled out",
                                                              " allergy refuted", " de-labelled", " delabelled",
                                                              " delabeled"};
    static constexpr std::array<std::string_view, 15> kDoubts{"and",    "but",    "except",  "other", "besides",
                                                              "apart",  "with",   "without", "than",  "although",
                                                              "though", "causes", "caused",  "only",  "however"};
    const auto begins = [&](std::string_view words) { return part.starts_with(words); };
    const auto closes = [&](std::string_view words) { return part.ends_with(words); };
    if (std::find(kNone.begin(), kNone.end(), part) != kNone.end()) return true;
    if (std::any_of(kEndings.begin(), kEndings.end(), closes)) return !has_any_word(part, kDoubts);
    if (has_any_word(part, kDoubts)) return false;
    if (std::any_of(kOpenings.begin(), kOpenings.end(), begins)) return true;
    return begins("no ") && std::any_of(kAllergy.begin(), kAllergy.end(), closes);
}

/// The parts of an entry between marks; " - " parts, a hyphen within a word does not.
std::vector<std::string> parts_of(std::string_view entry) {
    std::vector<std::string> parts;
    while (!entry.empty()) {
        const std::size_t mark = std::min(entry.find_first_of(",;.:/\n"), entry.size());
        const std::size_t dash = entry.find(" - ");
        const std::size_t end = std::min(mark, dash);
        if (std::string part = plain(entry.substr(0, end)); !part.empty()) parts.push_back(std::move(part));
        entry.remove_prefix(std::min(end + (end == dash ? 3 : 1), entry.size()));
    }
    return parts;
}

/// Whether every part of an entry is a denial, or withdrawn by the part behind it: "NKDA", "No known drug allergies; no
/// known food allergies", "Penicillin allergy, de-labelled".
bool is_denied(std::string_view lowered) {
    const std::vector<std::string> parts = parts_of(lowered);
    const auto withdraws = [](const std::string& part) {
        return part == "de-labelled" || part == "delabelled" || part == "delabeled";
    };
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool withdrawn = i + 1 < parts.size() && withdraws(parts[i + 1]);
        if (!withdrawn && !withdraws(parts[i]) && !is_denial(parts[i])) return false;
    }
    return true;
}

}  // namespace

std::vector<std::string_view> classes_of(std::string_view text) {
    const std::string lowered = lower(text);
    std::vector<std::string_view> found;
    for (const DrugClass& group : drug_classes()) {
        if (names(lowered, group)) found.push_back(group.name);
    }
    return found;
}

std::string stated_allergy(std::string_view recorded) {
    std::string text = lower(recorded);
    if (is_denied(text)) return {};
    std::string meanings;
    for (const AllergyCode& known : allergy_codes()) {
        if (!known.means.empty() && find_word(text, known.code) != std::string_view::npos) {
            meanings.append(" ").append(known.means);
        }
    }
    return text + meanings;
}

bool is_unknown_code(std::string_view allergy) {
    const std::string text = lower(allergy);
    const bool alone = text.find('|') != std::string::npos && text.find_first_of(" \t") == std::string::npos;
    return alone && code_in(text) == nullptr;
}

bool is_allergy(std::string_view recorded) {
    const std::string text = stated_allergy(recorded);
    if (const AllergyCode* code = code_in(text); code != nullptr && code->means.empty() && text == code->code)
        return false;
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return detail::is_word(c) || static_cast<unsigned char>(c) >= 0x80; });
}

std::vector<DrugAlert> alerts_for(std::string_view drug, const features::PatientSummary& patient) {
    const std::string text = lower(drug);
    std::vector<DrugAlert> out;
    add_allergies(text, patient, out);
    for (const std::string_view group : classes_of(text)) {
        for (const Contraindication& row : contraindications()) {
            // Low-dose aspirin is given on purpose in heart and kidney disease; only its allergy is an alert.
            const bool aspirin = group == "NSAID" && find_word(text, "aspirin") != std::string::npos;
            if (row.drug_class != group || aspirin || !state_holds(row, patient)) continue;
            out.push_back(
                {DrugAlertKind::Contraindication, drug_name(text), std::string(row.state), std::string(row.source)});
        }
    }
    return out;
}

std::vector<DrugAlert> drug_alerts(const features::PatientSummary& patient) {
    std::vector<DrugAlert> all;
    for (const std::string& medication : patient.medications) {
        for (DrugAlert& alert : alerts_for(medication, patient)) {
            const bool known = std::any_of(all.begin(), all.end(), [&](const DrugAlert& a) {
                return a.drug == alert.drug && a.against == alert.against && a.kind == alert.kind;
            });
            if (!known) all.push_back(std::move(alert));
        }
    }
    return all;
}

}  // namespace assay::models
