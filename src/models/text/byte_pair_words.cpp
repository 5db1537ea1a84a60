#include "models/text/byte_pair_words.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "models/text/utf8.hpp"

namespace assay::models::detail {
namespace byte_pair {

struct Range {
    char32_t first, last;
};
struct Lower {
    char32_t first, last;
    std::int32_t step, distance;
};
struct Mark {
    char32_t first, last;
    int order;
};
struct Decomposed {
    char32_t code;
    const char* text;
};
struct Composed {
    char32_t first, second, code;
};

#include "models/text/byte_pair_tables.inc"

constexpr char32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTails = 0x11A7;
constexpr char32_t kLeadCount = 19, kVowelCount = 21, kTailCount = 28;

/// The entry that holds `c`; null where none does.
template <class Entry, std::size_t N>
const Entry* entry_of(const Entry (&entries)[N], char32_t c) {
    const Entry* at = std::lower_bound(std::begin(entries), std::end(entries), c,
                                       [](const Entry& entry, char32_t x) { return entry.last < x; });
    return at != std::end(entries) && at->first <= c ? at : nullptr;
}

int order_of(char32_t c) {
    const Mark* mark = c < 0x300 ? nullptr : entry_of(kMarks, c);
    return mark == nullptr ? 0 : mark->order;
}

void append_decomposed(char32_t c, std::u32string& out) {
    const char32_t syllable = c - kSyllables;
    if (c >= kSyllables && syllable < kLeadCount * kVowelCount * kTailCount) {
        out += kLeads + syllable / (kVowelCount * kTailCount);
        out += kVowels + syllable / kTailCount % kVowelCount;
        if (syllable % kTailCount != 0) out += kTails + syllable % kTailCount;
        return;
    }
    const Decomposed* at = std::lower_bound(std::begin(kDecomposed), std::end(kDecomposed), c,
                                            [](const Decomposed& entry, char32_t x) { return entry.code < x; });
    if (c < 0xC0 || at == std::end(kDecomposed) || at->code != c) {
        out += c;
        return;
    }
    const std::string_view text = at->text;
    for (std::size_t i = 0; i < text.size();) out += next_code_point(text, i);
}

/// What two characters make; 0 where they stay two.
char32_t pair_of(char32_t first, char32_t second) {
    if (first - kLeads < kLeadCount && second - kVowels < kVowelCount) {
        return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTailCount;
    }
    const char32_t syllable = first - kSyllables;
    if (syllable < kLeadCount * kVowelCount * kTailCount && syllable % kTailCount == 0 && second > kTails &&
        second < kTails + kTailCount) {
        return first + (second - kTails);
    }
    const auto wanted = std::pair(first, second);
    const Composed* at =
        std::lower_bound(std::begin(kComposed), std::end(kComposed), wanted,
                         [](const Composed& entry, const auto& x) { return std::pair(entry.first, entry.second) < x; });
    return at != std::end(kComposed) && std::pair(at->first, at->second) == wanted ? at->code : 0;
}

/// Unicode's normalisation form C.   Source: Unicode Standard Annex #15
std::u32string composed(const std::u32string& text) {
    std::u32string out;
    for (const char32_t c : text) append_decomposed(c, out);
    for (std::size_t i = 0; i < out.size();) {
        std::size_t end = i + 1;
        if (order_of(out[i]) != 0) {
            while (end < out.size() && order_of(out[end]) != 0) ++end;
            std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(i),
                             out.begin() + static_cast<std::ptrdiff_t>(end),
                             [](char32_t a, char32_t b) { return order_of(a) < order_of(b); });
        }
        i = end;
    }
    std::size_t size = 0, starter = std::u32string::npos;
    int before = -1;  // order of the last character that stayed after the starter; -1: none did
    for (std::size_t i = 0; i < out.size(); ++i) {
        const char32_t c = out[i];
        const int order = order_of(c);
        if (starter != std::u32string::npos && before < order) {
            if (const char32_t pair = pair_of(out[starter], c); pair != 0) {
                out[starter] = pair;
                continue;
            }
        }
        if (order == 0) {
            starter = size;
            before = -1;
        } else {
            before = order;
        }
        out[size++] = c;
    }
    out.resize(size);
    return out;
}

std::u32string normalised(std::string_view text) {
    std::u32string out;
    bool plain = true;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        const char32_t c = next_code_point(text, i);
        if (c == 0xFFFD && i - begin != 3) continue;  // no UTF-8
        plain = plain && c < 0x80;
        out += c;
    }
    if (!plain) out = composed(out);
    std::u32string lower;
    lower.reserve(out.size());
    for (const char32_t c : out) {
        if (c < 0x80) {
            lower += c >= 'A' && c <= 'Z' ? c + 32 : c;
        } else if (c == 0x130) {
            lower += {U'i', 0x307};
        } else {
            const Lower* run = entry_of(kLower, c);
            const bool in = run != nullptr && (c - run->first) % static_cast<char32_t>(run->step) == 0;
            lower += in ? c + static_cast<char32_t>(run->distance) : c;
        }
    }
    return lower;
}

enum class Kind { letter, number, space, other };

Kind kind_of(char32_t c) {
    if (c < 0x80) {
        if (c >= 'a' && c <= 'z') return Kind::letter;
        if (c >= '0' && c <= '9') return Kind::number;
        return c == ' ' || (c >= '\t' && c <= '\r') ? Kind::space : Kind::other;
    }
    if (entry_of(kLetters, c) != nullptr) return Kind::letter;
    if (entry_of(kNumbers, c) != nullptr) return Kind::number;
    return entry_of(kSpaces, c) != nullptr ? Kind::space : Kind::other;
}

/// Length of an English ending such as 's or 'll at the beginning; 0 where there is none.
std::size_t ending(std::u32string_view text) {
    for (const std::u32string_view known : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"}) {
        if (text.starts_with(known)) return known.size();
    }
    return 0;
}

/// Length of the word at the beginning of text that is not empty and begins with no space.
std::size_t word_length(std::u32string_view text) {
    if (const std::size_t size = ending(text); size > 0) return size;
    const Kind kind = kind_of(text.front());
    if (kind == Kind::number) return 1;
    std::size_t size = 1;
    while (size < text.size() && kind_of(text[size]) == kind) ++size;
    return size;
}

}  // namespace byte_pair

std::vector<std::string> byte_pair_words(std::string_view text) {
    const std::u32string characters = byte_pair::normalised(text);
    std::u32string_view rest = characters;
    std::vector<std::string> words;
    const auto take = [&](std::size_t size) {
        std::string& word = words.emplace_back();
        for (const char32_t c : rest.substr(0, size)) append_utf8(word, c);
        rest.remove_prefix(size);
    };
    while (!rest.empty()) {
        if (byte_pair::kind_of(rest.front()) == byte_pair::Kind::space) {
            rest.remove_prefix(1);
        } else if (rest.starts_with(U"<|startoftext|>") || rest.starts_with(U"<|endoftext|>")) {
            // Written in capitals they are no special tokens, and yet a word apart from signs that follow.
            take(2);
            take(rest.find(U'|'));
            take(2);
        } else {
            take(byte_pair::word_length(rest));
        }
    }
    return words;
}

}  // namespace assay::models::detail
