#include "assay/data/laboratory/loinc_suggestion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_map>

#include "assay/base/error.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/laboratory/loinc_term.hpp"
#include "assay/data/loinc.hpp"
#include "assay/data/units/unit_converter.hpp"
#include "assay/data/units/unit_spelling.hpp"
#include "loinc_words.hpp"

namespace assay::data {
namespace {

using detail::TestWords;
using Pair = std::pair<std::string_view, std::string_view>;

/// How long common names say the property.
constexpr std::array kBrackets = {
    Pair{"[Moles/volume]", "SCnc"},    Pair{"[Mass/volume]", "MCnc"},
    Pair{"[#/volume]", "NCnc"},        Pair{"[Enzymatic activity/volume]", "CCnc"},
    Pair{"[Units/volume]", "ACnc"},    Pair{"[Volume Fraction]", "VFr"},
    Pair{"[Mass Fraction]", "MFr"},    Pair{"[Partial pressure]", "PPres"},
    Pair{"[Mass Ratio]", "MRto"},      Pair{"[Molar ratio]", "SRto"},
    Pair{"[Ratio]", "Ratio"},          Pair{"[Entitic volume]", "EntVol"},
    Pair{"[Entitic mass]", "EntMass"}, Pair{"[#/area]", "Naric"},
    Pair{"[Mass/time]", "MRat"},       Pair{"[Presence]", "PrThr"},
    Pair{"[Titer]", "Titr"},           Pair{"[Moles/mass]", "SCnt"},
    Pair{"[Mass/mass]", "MCnt"},       Pair{"[Time]", "Time"},
    Pair{"[Units/mass]", "ACnt"},      Pair{"[Type]", "Type"},
    Pair{"[Interpretation]", "Imp"},
};

/// A unit of each property, for its dimension.
constexpr std::array kPropertyUnits = {
    Pair{"SCnc", "mmol/L"},    Pair{"MCnc", "g/L"},      Pair{"NCnc", "/uL"},     Pair{"CCnc", "U/L"},
    Pair{"ACnc", "[arb'U]/L"}, Pair{"VFr", "%"},         Pair{"NFr", "%"},        Pair{"MFr", "%"},
    Pair{"PPres", "mm[Hg]"},   Pair{"MRto", "g/g"},      Pair{"SRto", "mol/mol"}, Pair{"Ratio", "%"},
    Pair{"EntVol", "fL"},      Pair{"EntMass", "pg"},    Pair{"Naric", "/[HPF]"}, Pair{"MRat", "g/(24.h)"},
    Pair{"Osmol", "osm/kg"},   Pair{"LsCnc", "[pH]"},    Pair{"Time", "s"},       Pair{"Vel", "mm/h"},
    Pair{"Rden", "{ratio}"},   Pair{"RelTime", "{INR}"}, Pair{"VRat", "L/min"},
};

std::string_view found_in(std::string_view key, std::span<const Pair> table) {
    const auto at = std::find_if(table.begin(), table.end(), [&](const Pair& p) { return p.first == key; });
    return at == table.end() ? std::string_view{} : at->second;
}

/// What the words of a long common name say where it has no brackets.
std::string_view property_in_words(std::string_view name) {
    constexpr std::array kWords = {Pair{"/100 ", "NFr"},
                                   Pair{"pH of", "LsCnc"},
                                   Pair{"Osmolality", "Osmol"},
                                   Pair{"Specific gravity", "Rden"},
                                   Pair{"INR", "RelTime"},
                                   Pair{"time", "Time"},
                                   Pair{"aPTT", "Time"},
                                   Pair{"sedimentation rate", "Vel"},
                                   Pair{"saturation", "MFr"},
                                   Pair{"Base excess", "SCnc"},
                                   Pair{"Anion gap", "SCnc"},
                                   Pair{"Hemoglobin A1c/", "MFr"},
                                   Pair{"oxygen concentration", "VFr"},
                                   Pair{"flow rate", "VRat"},
                                   Pair{"pressure difference", "PPres"}};
    for (const auto& [words, property] : kWords) {
        if (name.find(words) != std::string_view::npos) return property;
    }
    return {};
}

/// Whether values in one unit are values of the other's kind: 1 the same dimension, 0.6 where mass stands for moles.
double kinship(const UcumUnit& from, const UcumUnit& to) {
    const auto converts = [&](const Substance& substance) {
        try {
            UnitConverter(from, to, substance);
            return true;
        } catch (const ValueError&) {
            return false;
        }
    };
    if (converts({})) return 1;
    if (from.is_arbitrary() && to.is_arbitrary()) return 1;  // international, arbitrary, phospholipid … units
    if (converts({.charge = 1})) return 1;
    return converts({.molar_mass = 100, .charge = 1}) ? 0.6 : 0;
}

struct Prepared {
    LoincCandidate candidate;
    TestWords words;
    std::vector<std::string> method;  ///< words after "by", which count less
    std::string_view group;           ///< of specimens
    std::optional<UcumUnit> unit;
    double weight = 0;  ///< of all words
};

constexpr double kUnknown = 0.5;
constexpr double kMethodShare = 0.3;

}  // namespace

struct LoincSuggester::State {
    std::vector<Prepared> candidates;
    std::unordered_map<std::string, double> weights;  ///< of words: rarer ones tell more

    double weight(const std::string& word) const {
        const auto found = weights.find(word);
        return found == weights.end() ? std::log(1.0 + static_cast<double>(candidates.size())) : found->second;
    }
    double name_score(const std::vector<std::string>& words, double own_weight, const Prepared& candidate) const;
    LoincSuggestion score(const UnmappedTest& test, const TestWords& words, double own_weight,
                          const std::vector<UcumUnit>& units, std::string_view group, const Prepared& candidate) const;
};

namespace {

double best_likeness(std::string_view word, const std::vector<std::string>& others) {
    double best = 0;
    for (const std::string& other : others) best = std::max(best, detail::word_likeness(word, other));
    return best;
}

double unit_score(const std::vector<UcumUnit>& units, const TestWords& words, const Prepared& candidate) {
    const std::string& property = candidate.candidate.property;
    if (words.is_count && property == "NFr") return 0;
    if (words.is_fraction && property == "NCnc") return 0;
    if (!candidate.unit) return property.empty() ? kUnknown : units.empty() ? 0.8 : 0.2;
    if (units.empty()) return candidate.unit->code().starts_with("{") || property == "LsCnc" ? 1 : 0.4;
    double best = 0;
    for (const UcumUnit& unit : units) best = std::max(best, kinship(unit, *candidate.unit));
    return best;
}

double specimen_score(std::string_view group, bool whole_blood, const Prepared& candidate) {
    const bool is_blood = candidate.candidate.system.starts_with("Bld");
    // Where nothing is said, serum or plasma is the likeliest by far.
    if (group.empty() && candidate.group == "blood" && !is_blood) return 0.6;
    if (group.empty() || candidate.group.empty()) return kUnknown;
    constexpr std::array<std::string_view, 3> kFluids = {"ascites", "pleural", "joint"};
    const auto is_fluid = [&](std::string_view g) {
        return std::find(kFluids.begin(), kFluids.end(), g) != kFluids.end();
    };
    // "Body fluid" is any of them.
    if ((group == "fluid" && is_fluid(candidate.group)) || (candidate.group == "fluid" && is_fluid(group))) return 0.6;
    if (group != candidate.group) return 0;
    // Chemistry is done in serum or plasma unless the name says otherwise.
    return whole_blood == is_blood || !group.starts_with("blood") ? 1 : 0.85;
}

double value_score(const UnmappedTest& test, const std::vector<UcumUnit>& units, const Prepared& candidate) {
    if (test.values.empty() || units.empty() || !candidate.unit || !candidate.candidate.expected) return kUnknown;
    std::vector<double> values;
    for (const UcumUnit& unit : units) {
        try {
            const UnitConverter convert(unit, *candidate.unit, {.loinc = candidate.candidate.loinc});
            for (const double value : test.values) {
                if (std::isfinite(value)) values.push_back(convert(value));
            }
            break;
        } catch (const ValueError&) {
        }
    }
    if (values.empty()) return kUnknown;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    const Range range = *candidate.candidate.expected;
    const double low = std::isfinite(range.low) ? range.low : 0;
    const double high = std::isfinite(range.high) ? range.high : 3 * low;
    // Patients of a hospital lie outside the reference, but within a few of its widths.
    const double width = std::max(high - low, 1e-12);
    const double away = *middle < low ? low - *middle : *middle > high ? *middle - high : 0;
    return std::exp(-away / width / 2);
}

}  // namespace

double LoincSuggester::State::name_score(const std::vector<std::string>& words, double own_weight,
                                         const Prepared& candidate) const {
    double shared = 0;
    double other_shared = 0;
    for (const std::string& word : words) {
        const double named = best_likeness(word, candidate.words.words);
        const double by = named > 0 ? named : kMethodShare * best_likeness(word, candidate.method);
        shared += by * weight(word);
    }
    for (const std::string& word : candidate.words.words) other_shared += best_likeness(word, words) * weight(word);
    const double total = own_weight + candidate.weight;
    return total > 0 ? (shared + other_shared) / total : 0;
}

LoincSuggestion LoincSuggester::State::score(const UnmappedTest& test, const TestWords& words, double own_weight,
                                             const std::vector<UcumUnit>& units, std::string_view group,
                                             const Prepared& candidate) const {
    LoincSuggestion out{.loinc = candidate.candidate.loinc, .name = candidate.candidate.name};
    out.by_name = name_score(words.words, own_weight, candidate);
    if (out.by_name <= 0) return out;
    out.by_unit = unit_score(units, words, candidate);
    out.by_specimen = specimen_score(group, words.whole_blood, candidate);
    out.by_values = value_score(test, units, candidate);
    out.score = 0.6 * out.by_name + 0.2 * out.by_unit + 0.12 * out.by_specimen + 0.08 * out.by_values;
    if (out.by_unit == 0) out.score /= 2;
    if (out.by_specimen == 0) out.score /= 2;
    return out;
}

LoincSuggester::LoincSuggester(const std::vector<LoincCandidate>& candidates) : state_(std::make_unique<State>()) {
    std::map<std::string, double> count;
    for (const LoincCandidate& candidate : candidates) {
        Prepared prepared{.candidate = candidate, .words = {}, .method = {}, .group = {}, .unit = {}};
        const std::string& name = candidate.name;
        const auto method = name.find(" by ");
        prepared.words = detail::test_words(name.substr(0, method));
        if (candidate.property == "PPres") prepared.words.words.emplace_back("ppres");
        if (candidate.property == "EntVol") prepared.words.words.emplace_back("entvol");
        if (method != std::string::npos) prepared.method = detail::test_words(name.substr(method)).words;
        prepared.group = detail::specimen_group(candidate.system);
        const std::string_view unit =
            candidate.unit.empty() ? found_in(candidate.property, kPropertyUnits) : std::string_view(candidate.unit);
        if (!unit.empty()) prepared.unit = UcumUnit::try_parse(unit);
        for (const std::string& word : prepared.words.words) count[word] += 1;
        state_->candidates.push_back(std::move(prepared));
    }
    const auto all = static_cast<double>(candidates.size());
    for (const auto& [word, times] : count) state_->weights[word] = std::log(1 + all / times);
    for (Prepared& candidate : state_->candidates) {
        for (const std::string& word : candidate.words.words) candidate.weight += state_->weight(word);
    }
}

LoincSuggester::~LoincSuggester() = default;
LoincSuggester::LoincSuggester(LoincSuggester&&) noexcept = default;
LoincSuggester& LoincSuggester::operator=(LoincSuggester&&) noexcept = default;

std::vector<LoincSuggestion> LoincSuggester::suggest(const UnmappedTest& test, index most) const {
    const TestWords words = detail::test_words(test.name);
    double own_weight = 0;
    for (const std::string& word : words.words) own_weight += state_->weight(word);
    std::vector<UcumUnit> units;
    for (const std::string& code : unit_readings(test.unit)) units.push_back(UcumUnit::parse(code));
    const std::string_view given = detail::specimen_group(test.specimen);
    const std::string_view group = words.specimen.empty() ? given : std::string_view(words.specimen);
    std::vector<LoincSuggestion> out;
    for (const Prepared& candidate : state_->candidates) {
        LoincSuggestion suggestion = state_->score(test, words, own_weight, units, group, candidate);
        if (suggestion.score > 0) out.push_back(std::move(suggestion));
    }
    std::sort(out.begin(), out.end(), [](const LoincSuggestion& a, const LoincSuggestion& b) {
        return a.score != b.score ? a.score > b.score : a.loinc < b.loinc;
    });
    if (static_cast<index>(out.size()) > most) out.resize(static_cast<std::size_t>(std::max<index>(most, 0)));
    return out;
}

const std::vector<LoincCandidate>& shipped_candidates() {
    static const std::vector<LoincCandidate> kCandidates = [] {
        std::vector<LoincCandidate> out;
        for (const LoincTerm& term : loinc_terms()) {
            out.push_back({std::string(term.loinc), std::string(term.name), std::string(term.property),
                           std::string(term.system), std::string(term.unit), term.reference});
        }
        return out;
    }();
    return kCandidates;
}

LoincCandidate candidate_of(std::string loinc, std::string_view long_common_name) {
    LoincCandidate out{.loinc = std::move(loinc), .name = {}, .property = {}, .system = {}, .unit = {}};
    std::string name(long_common_name);
    for (const auto& [bracket, property] : kBrackets) {
        const auto at = name.find(bracket);
        if (at == std::string::npos) continue;
        out.property = property;
        name.erase(at, bracket.size());
        break;
    }
    if (out.property.empty()) out.property = property_in_words(name);
    const std::string before_method = name.substr(0, name.find(" by "));
    if (before_method.find("Serum or Plasma") != std::string::npos) {
        out.system = "SerPl";
    } else if (before_method.find("Blood") != std::string::npos) {
        out.system = "Bld";
    } else {
        out.system = detail::specimen_group(before_method);
    }
    out.name = std::move(name);
    return out;
}

std::vector<LoincCandidate> read_loinc_candidates(const std::filesystem::path& path) {
    CsvOptions options;
    options.infer_types = false;
    const Table rows = read_csv(path, options).rows;
    const bool own = rows.has_column("LOINC_NUM");
    const Array& codes = rows.column(own ? "LOINC_NUM" : "omop_concept_code");
    const Array& names = rows.column(own ? "LONG_COMMON_NAME" : "omop_concept_name");
    std::map<std::string, LoincCandidate> by_code;
    for (index row = 0; row < rows.num_rows(); ++row) {
        if (codes.is_null(row) || names.is_null(row) || !is_loinc(codes.text(row))) continue;
        std::string code(codes.text(row));
        by_code.emplace(code, candidate_of(code, names.text(row)));
    }
    std::vector<LoincCandidate> out;
    for (auto& [code, candidate] : by_code) out.push_back(std::move(candidate));
    return out;
}

}  // namespace assay::data
