#include "models/text/bert_words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

#include "models/text/utf8.hpp"

namespace assay::models::detail {
namespace {

struct CodeRange {
    char32_t first, last;
};
struct ClassRange {
    char32_t first, last;
    std::uint8_t value;
};
struct LowerRun {
    char32_t first, last;
    std::int32_t step, distance;
};
struct Decomposition {
    char32_t code;
    std::uint16_t at;
    std::uint8_t length;
};

#include "models/text/wordpiece_tables.inc"

/// The range that holds `c`; null where none does.
template <class Range, std::size_t N>
const Range* range_of(const Range (&ranges)[N], char32_t c) noexcept {
    const Range* at = std::lower_bound(std::begin(ranges), std::end(ranges), c,
                                       [](const Range& r, char32_t x) { return r.last < x; });
    return at != std::end(ranges) && at->first <= c ? at : nullptr;
}

/// White_Space of Unicode beyond ASCII; the characters among them that are dropped are asked for before.
bool is_wide_space(char32_t c) noexcept {
    return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

/// The ranges of the tokenizers crate: the sixth begins 0x100 late in it, and so here.
bool is_ideograph(char32_t c) noexcept {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
           (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x2F800 && c <= 0x2FA1F);
}

enum class AsciiKind : std::uint8_t { letter, space, punctuation, dropped };

constexpr std::array<AsciiKind, 128> ascii_kinds() {
    std::array<AsciiKind, 128> out{};
    for (std::size_t c = 0; c < 128; ++c) {
        const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        out[c] = alphanumeric           ? AsciiKind::letter
                 : space                ? AsciiKind::space
                 : c > ' ' && c != 0x7F ? AsciiKind::punctuation
                                        : AsciiKind::dropped;
    }
    return out;
}

constexpr std::array<AsciiKind, 128> kAsciiKinds = ascii_kinds();

char32_t lower_case(char32_t c) noexcept {
    const LowerRun* run = range_of(kLower, c);
    if (run == nullptr || (c - run->first) % static_cast<char32_t>(run->step) != 0) return c;
    return c + static_cast<char32_t>(run->distance);
}

/// One pass over a text: canonical decomposition and order, then the word borders.
class BertWordSplitter {
  public:
    explicit BertWordSplitter(BertWords& out) : out_(out), word_(out.bytes.size()) {}

    void take(char32_t c) {
        if (c < 0x80) return take_ascii(c);
        if (range_of(kDropped, c) != nullptr) return;
        if (is_wide_space(c)) return take_space();
        const bool alone = is_ideograph(c);
        if (alone) take_space();
        decompose(c);
        if (alone) take_space();
    }

    void finish() { take_space(); }

  private:
    void take_ascii(char32_t c) {
        const AsciiKind kind = kAsciiKinds[c];
        if (kind == AsciiKind::dropped) return;
        if (!marks_.empty()) release_marks();
        if (kind == AsciiKind::letter) {
            out_.bytes += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        } else {
            end_word();
            if (kind == AsciiKind::punctuation) isolate(c);
        }
    }

    void take_space() {
        release_marks();
        end_word();
    }

    void decompose(char32_t c) {
        if (c >= 0xAC00 && c < 0xD7A4) return decompose_hangul(c - 0xAC00);
        const Decomposition* at = std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), c,
                                                   [](const Decomposition& d, char32_t x) { return d.code < x; });
        if (at == std::end(kDecompositions) || at->code != c) return order(c);
        for (std::size_t i = 0; i < at->length; ++i) order(kDecomposed[at->at + i]);
    }

    /// Source: The Unicode Standard, section 3.12, conjoining jamo behaviour.
    void decompose_hangul(char32_t syllable) {
        order(0x1100 + syllable / 588);
        order(0x1161 + syllable % 588 / 28);
        if (syllable % 28 != 0) order(0x11A7 + syllable % 28);
    }

    /// Holds marks back until the next base, and sorts them by class as they were met.
    void order(char32_t c) {
        const ClassRange* mark = range_of(kCombiningClasses, c);
        if (mark != nullptr) {
            marks_.emplace_back(mark->value, c);
            return;
        }
        release_marks();
        emit(c);
    }

    void release_marks() {
        if (marks_.empty()) return;
        std::stable_sort(marks_.begin(), marks_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        for (const auto& [value, mark] : marks_) emit(mark);
        marks_.clear();
    }

    void emit(char32_t c) {
        if (range_of(kNonspacing, c) != nullptr) return;
        c = c < 0x80 && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : lower_case(c);
        if (is_wide_space(c)) return end_word();
        if (range_of(kPunctuation, c) == nullptr) return append_utf8(out_.bytes, c);
        end_word();
        isolate(c);
    }

    void isolate(char32_t c) {
        append_utf8(out_.bytes, c);
        end_word();
    }

    void end_word() {
        if (out_.bytes.size() == word_) return;
        word_ = out_.bytes.size();
        out_.ends.push_back(word_);
    }

    BertWords& out_;
    std::size_t word_;  ///< where the open word begins
    std::vector<std::pair<std::uint8_t, char32_t>> marks_;
};

}  // namespace

void append_bert_words(std::string_view text, BertWords& out) {
    BertWordSplitter splitter(out);
    for (std::size_t at = 0; at < text.size();) splitter.take(next_code_point(text, at));
    splitter.finish();
}

}  // namespace assay::models::detail
