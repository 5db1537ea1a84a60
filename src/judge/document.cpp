#include "assay/judge/detail/document.hpp"

#include <algorithm>
#include <array>

#include "assay/models/detail/text.hpp"

namespace assay::judge::detail {
namespace {

using models::detail::is_word;
constexpr auto npos = std::string_view::npos;

constexpr std::size_t kLongestSentence = 2000;  // bytes

struct HeadingName {
    std::string_view name;
    Section section;
};

// Headings seen in hospital notes and in the ACI-Bench notes; longest names first where one begins another.
constexpr std::array kHeadings{HeadingName{"subjective", Section::Subjective},
                               HeadingName{"s", Section::Subjective},
                               HeadingName{"chief complaint", Section::Subjective},
                               HeadingName{"cc", Section::Subjective},
                               HeadingName{"history of present illness", Section::Subjective},
                               HeadingName{"hpi", Section::Subjective},
                               HeadingName{"history", Section::Subjective},
                               HeadingName{"medications", Section::Subjective},
                               HeadingName{"allergies", Section::Subjective},
                               HeadingName{"past medical history", Section::Subjective},
                               HeadingName{"review of systems", Section::Subjective},
                               HeadingName{"objective", Section::Objective},
                               HeadingName{"o", Section::Objective},
                               HeadingName{"vitals", Section::Objective},
                               HeadingName{"vital signs", Section::Objective},
                               HeadingName{"physical exam", Section::Objective},
                               HeadingName{"physical examination", Section::Objective},
                               HeadingName{"results", Section::Objective},
                               HeadingName{"laboratory", Section::Objective},
                               HeadingName{"imaging", Section::Objective},
                               HeadingName{"assessment", Section::Assessment},
                               HeadingName{"a", Section::Assessment},
                               HeadingName{"impression", Section::Assessment},
                               HeadingName{"assessment and plan", Section::Plan},
                               HeadingName{"assessment & plan", Section::Plan},
                               HeadingName{"a/p", Section::Plan},
                               HeadingName{"plan", Section::Plan},
                               HeadingName{"p", Section::Plan},
                               HeadingName{"recommendations", Section::Plan},
                               HeadingName{"instructions", Section::Plan},
                               HeadingName{"safety net", Section::SafetyNet},
                               HeadingName{"safety-net", Section::SafetyNet},
                               HeadingName{"safety netting", Section::SafetyNet},
                               HeadingName{"return precautions", Section::SafetyNet}};

std::string_view strip(std::string_view line, std::string_view marks) {
    const std::size_t first = line.find_first_not_of(marks);
    if (first == npos) return {};
    return line.substr(first, line.find_last_not_of(marks) - first + 1);
}

Section known_heading(std::string_view name) {
    const auto* found =
        std::find_if(kHeadings.begin(), kHeadings.end(), [&](const HeadingName& h) { return h.name == name; });
    return found == kHeadings.end() ? Section::None : found->section;
}

/// Bytes of general punctuation that are no letters: – — ’ “ ” • … (E2 80), ≤ ≥ (E2 89), no-break space, °, ·, ±.
std::size_t punctuation_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    if (byte(at) == 0xE2 && (byte(at + 1) == 0x80 || byte(at + 1) == 0x89 || byte(at + 1) == 0x88)) return 3;
    if (byte(at) == 0xC2 &&
        (byte(at + 1) == 0xA0 || byte(at + 1) == 0xB0 || byte(at + 1) == 0xB7 || byte(at + 1) == 0xB1))
        return 2;
    return 0;
}

void find_tokens(Document& doc) {
    const std::string_view text = doc.lower;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t begin = at;
        while (at < text.size() && (is_word(text[at]) || (static_cast<unsigned char>(text[at]) >= 0x80 &&
                                                          punctuation_length(text, at) == 0))) {
            ++at;
        }
        if (at > begin) {
            doc.tokens.push_back({static_cast<index>(begin), static_cast<index>(at)});
        } else {
            at += std::max<std::size_t>(1, punctuation_length(text, at));
        }
    }
}

/// Whether a full stop at `at` ends a sentence: blank or end after it, and no abbreviation of one letter before.
bool ends_sentence(std::string_view text, std::size_t at) {
    const char c = text[at];
    if (c != '.' && c != '!' && c != '?') return false;
    if (at + 1 < text.size() && text[at + 1] != ' ' && text[at + 1] != '\t') return false;
    if (c != '.') return true;
    static constexpr std::array<std::string_view, 6> kAbbreviations{"dr", "mr", "mrs", "vs", "e.g", "i.e"};
    const std::string_view before = text.substr(0, at);
    const bool abbreviation = std::any_of(kAbbreviations.begin(), kAbbreviations.end(), [&](std::string_view a) {
        return before.ends_with(a) && (before.size() == a.size() || !is_word(before[before.size() - a.size() - 1]));
    });
    // "1. Give oxygen": a number at the start of a line is a list mark.
    std::size_t digits = at;
    while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9') --digits;
    const bool mark = digits < at && (digits == 0 || text.find_last_not_of(" \t", digits - 1) == npos ||
                                      text[text.find_last_not_of(" \t", digits - 1)] == '\n');
    return !abbreviation && !mark;
}

class Segmenter {
  public:
    explicit Segmenter(Document& doc) : doc_(doc) {}

    void run() {
        const std::string_view text = doc_.lower;
        std::size_t begin = 0;
        while (begin < text.size()) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            add_line(begin, end);
            begin = end + 1;
        }
    }

  private:
    void add_line(std::size_t begin, std::size_t end) {
        ++line_;
        const std::string_view line = std::string_view(doc_.lower).substr(begin, end - begin);
        const std::size_t first = line.find_first_not_of(" \t\r");
        if (first == npos) return;
        const bool list = line[first] == '-' || line[first] == '*' || line[first] == '+' ||
                          (line[first] >= '0' && line[first] <= '9' && line.find(". ", first) - first <= 2) ||
                          line.substr(first).starts_with("\xE2\x80\xA2");
        // A heading is the whole line, or what stands before its first colon ("Plan: give oxygen").
        const Section whole = section_of_heading(line);
        if (whole != Section::None) {
            section_ = whole;
            add(begin, end, true, false);
            return;
        }
        const std::size_t colon = line.find(':');
        if (!list && colon != npos && colon < 32) {
            const Section opened = section_of_heading(line.substr(0, colon));
            // "Allergies:" within a section belongs to it; only S, O, A and P lines open one there.
            if (opened != Section::None) {
                section_ = opened;
                add_sentences(begin, end, false);
                return;
            }
        }
        if (line[first] == '#') {
            add(begin, end, true, false);
            return;
        }
        add_sentences(begin, end, list);
    }

    void add_sentences(std::size_t begin, std::size_t end, bool list) {
        const std::string_view text = std::string_view(doc_.lower).substr(0, end);
        std::size_t start = begin;
        for (std::size_t at = begin; at < end; ++at) {
            // A cap keeps work that looks around within a sentence linear in the text.
            const bool too_long =
                at - start >= kLongestSentence && (text[at] == ' ' || at - start >= 2 * kLongestSentence);
            if (!too_long && !ends_sentence(text, at)) continue;
            add(start, at + 1, false, list);
            start = at + 1;
        }
        if (start < end) add(start, end, false, list);
    }

    void add(std::size_t begin, std::size_t end, bool heading, bool list) {
        Sentence s;
        s.begin = static_cast<index>(begin);
        s.end = static_cast<index>(end);
        s.first_token = token_;
        while (token_ < static_cast<index>(doc_.tokens.size()) &&
               doc_.tokens[static_cast<std::size_t>(token_)].begin < s.end)
            ++token_;
        s.last_token = token_;
        s.section = section_;
        s.heading = heading;
        s.list_item = list;
        s.line = line_;
        if (s.words() > 0) doc_.sentences.push_back(s);
    }

    Document& doc_;
    Section section_ = Section::None;
    index token_ = 0;
    index line_ = 0;
};

}  // namespace

Section section_of_heading(std::string_view lower_line) { return known_heading(strip(lower_line, " \t\r#*_:.-")); }

Document parse_document(std::string_view text) {
    Document doc;
    doc.text = text;
    doc.lower = models::detail::lower(text);
    find_tokens(doc);
    Segmenter(doc).run();
    return doc;
}

}  // namespace assay::judge::detail
