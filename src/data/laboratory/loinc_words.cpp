#include "loinc_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "assay/data/detail/folded.hpp"

namespace assay::data::detail {
namespace {

using Phrase = std::pair<std::string_view, std::string_view>;
constexpr Phrase kPhrases[] = {
#include "loinc_words.inc"
};

/// What a name says of the specimen; whole words.
constexpr std::array<Phrase, 33> kSpecimens = {{
    {"whole blood", "blood"},
    {"serum or plasma", "blood"},
    {"platelet poor plasma", "blood"},
    {"serum", "blood"},
    {"plasma", "blood"},
    {"blood", "blood"},
    {"urine sediment", "urine"},
    {"urine", "urine"},
    {"urinary", "urine"},
    {"cerebrospinal fluid", "csf"},
    {"cerebral spinal fluid", "csf"},
    {"csf", "csf"},
    {"pleural fluid", "pleural"},
    {"pleural", "pleural"},
    {"plr fld", "pleural"},
    {"peritoneal fluid", "ascites"},
    {"ascites", "ascites"},
    {"periton fld", "ascites"},
    {"synovial fluid", "joint"},
    {"joint fluid", "joint"},
    {"synv fld", "joint"},
    {"stool", "stool"},
    {"bone marrow", "marrow"},
    {"marrow", "marrow"},
    {"other body fluid", "fluid"},
    {"body fluid", "fluid"},
    {"other fluid", "fluid"},
    {"body fld", "fluid"},
    {"bld", "blood"},
    {"serpl", "blood"},
    {"ser", "blood"},
    {"fluid", "fluid"},
    {"joint", "joint"},
}};

/// Words, blank before and after each, so that phrases can be looked for as " phrase ".
std::string spaced(std::string_view name) {
    std::string out = " ";
    for (const char c : name) {
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
        if (c == '%' || c == '#') {
            if (out.back() != ' ') out.push_back(' ');
            out += {c, ' '};
        } else if (word) {
            out.push_back(lower(c));
        } else if (out.back() != ' ') {
            out.push_back(' ');
        }
    }
    if (out.back() != ' ') out.push_back(' ');
    return out;
}

/// Takes every " phrase " out, or puts others in its place; whether there was one.
bool replace_phrase(std::string& text, std::string_view phrase, std::string_view by) {
    const std::string wanted = " " + std::string(phrase) + " ";
    bool found = false;
    for (std::size_t at = 0; (at = text.find(wanted, at)) != std::string::npos; found = true) {
        const std::string put = by.empty() ? " " : " " + std::string(by) + " ";
        text.replace(at, wanted.size(), put);
        at += put.size() - 1;
    }
    return found;
}

std::vector<std::string> words_of(std::string_view text) {
    constexpr std::array<std::string_view, 8> kEmpty = {"in", "of", "by", "and", "or", "the", "with", "test"};
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string_view word = text.substr(at, end - at);
        if (!word.empty() && std::find(kEmpty.begin(), kEmpty.end(), word) == kEmpty.end() &&
            std::find(out.begin(), out.end(), word) == out.end()) {
            out.emplace_back(word);
        }
        at = end + 1;
    }
    return out;
}

/// Whether one letter more, less, changed, or two exchanged turn one into the other.
bool one_slip_apart(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > 1) return false;
    std::size_t head = 0;
    while (head < a.size() && a[head] == b[head]) ++head;
    if (b.size() > a.size()) return a.substr(head) == b.substr(head + 1);
    if (head == a.size()) return true;
    if (a.substr(head + 1) == b.substr(head + 1)) return true;
    return head + 1 < a.size() && a[head] == b[head + 1] && a[head + 1] == b[head] &&
           a.substr(head + 2) == b.substr(head + 2);
}

}  // namespace

TestWords test_words(std::string_view name) {
    TestWords out;
    std::string text = spaced(name);
    // Longest phrases first, each letter replaced once: longer ones are tried before those they begin with.
    static const std::vector<Phrase> kLongestFirst = [] {
        std::vector<Phrase> phrases(std::begin(kPhrases), std::end(kPhrases));
        std::stable_sort(phrases.begin(), phrases.end(),
                         [](const Phrase& a, const Phrase& b) { return a.first.size() > b.first.size(); });
        return phrases;
    }();
    for (const char* word : {"absolute", "abs", "#"}) out.is_count |= replace_phrase(text, word, "");
    for (const char* word : {"%", "percent", "100 leukocytes"}) out.is_fraction |= replace_phrase(text, word, "");
    for (const auto& [phrase, group] : kSpecimens) {
        if (!replace_phrase(text, phrase, "")) continue;
        if (out.specimen.empty()) out.specimen = group;
        out.whole_blood |= phrase == "whole blood";
    }
    for (const auto& [phrase, words] : kLongestFirst) replace_phrase(text, phrase, words);
    replace_phrase(text, "count", "");
    out.words = words_of(text);
    return out;
}

std::string_view specimen_group(std::string_view specimen) {
    constexpr std::array<Phrase, 5> kSystems = {
        {{"plas", "blood"}, {"ppp", "blood"}, {"blda", "blood"}, {"bldv", "blood"}, {"rbc", "blood"}}};
    std::string text = spaced(specimen);
    for (const auto& [phrase, group] : kSpecimens) {
        if (text.find(" " + std::string(phrase) + " ") != std::string::npos) return group;
    }
    for (const auto& [system, group] : kSystems) {
        if (text == " " + std::string(system) + " ") return group;
    }
    return {};
}

double word_likeness(std::string_view a, std::string_view b) {
    constexpr std::size_t kLongEnough = 5;
    if (a == b) return 1;
    if (a.size() < kLongEnough || b.size() < kLongEnough) return 0;
    if (a.starts_with(b) || b.starts_with(a)) return 0.8;
    return one_slip_apart(a, b) ? 0.8 : 0;
}

}  // namespace assay::data::detail
