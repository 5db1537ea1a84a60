#include "data/deid/folded_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>

#include "assay/base/nfkc.hpp"

namespace assay::data::detail {
namespace {

struct PointRange {
    char32_t first;
    char32_t last;
};

constexpr char32_t kNoPoint = 0xFFFD;

template <std::size_t n>
bool is_within(const std::array<PointRange, n>& ranges, char32_t c) {
    const auto* range = std::lower_bound(ranges.begin(), ranges.end(), c,
                                         [](const PointRange& r, char32_t value) { return r.last < value; });
    return range != ranges.end() && range->first <= c;
}

// Source: Unicode 14.0, Blocks.txt and the general category. Ranges of upper case whose lower case is at a fixed
// distance, and ranges where upper and lower case alternate.
struct CaseRange {
    char32_t first;
    char32_t last;
    char32_t distance;
};
constexpr std::array kUpperRanges{
    CaseRange{'A', 'Z', 32},     CaseRange{0xC0, 0xD6, 32},   CaseRange{0xD8, 0xDE, 32},
    CaseRange{0x388, 0x38A, 37}, CaseRange{0x391, 0x3A1, 32}, CaseRange{0x3A3, 0x3AB, 32},
    CaseRange{0x400, 0x40F, 80}, CaseRange{0x410, 0x42F, 32}, CaseRange{0x531, 0x556, 48},
};
constexpr std::array kEvenUpper{
    PointRange{0x100, 0x12F}, PointRange{0x132, 0x137}, PointRange{0x14A, 0x177},   PointRange{0x1A0, 0x1A5},
    PointRange{0x1DE, 0x1EF}, PointRange{0x1F8, 0x21F}, PointRange{0x222, 0x233},   PointRange{0x460, 0x481},
    PointRange{0x48A, 0x4BF}, PointRange{0x4D0, 0x52F}, PointRange{0x1E00, 0x1E95}, PointRange{0x1EA0, 0x1EFF},
};
constexpr std::array kOddUpper{
    PointRange{0x139, 0x148}, PointRange{0x179, 0x17E}, PointRange{0x1AF, 0x1B0},
    PointRange{0x1CD, 0x1DC}, PointRange{0x4C1, 0x4CE},
};
// Letters that follow no rule, the accents of Greek, dashes and apostrophes.
constexpr std::array<std::array<char32_t, 2>, 33> kFoldedTo{{
    {0x130, 'i'},   {0x131, 'i'},   {0x178, 0xFF},  {0x17F, 's'},   {0x18F, 0x259}, {0x386, 0x3B1}, {0x38C, 0x3BF},
    {0x38E, 0x3C5}, {0x38F, 0x3C9}, {0x390, 0x3CA}, {0x3AC, 0x3B1}, {0x3AD, 0x3B5}, {0x3AE, 0x3B7}, {0x3AF, 0x3B9},
    {0x3B0, 0x3CB}, {0x3C2, 0x3C3}, {0x3CC, 0x3BF}, {0x3CD, 0x3C5}, {0x3CE, 0x3C9}, {0x4C0, 0x4CF}, {0x2010, '-'},
    {0x2011, '-'},  {0x2012, '-'},  {0x2013, '-'},  {0x2014, '-'},  {0x2015, '-'},  {0x2018, '\''}, {0x2019, '\''},
    {0x201B, '\''}, {0x2212, '-'},  {0x2BC, '\''},  {0x2C8, '\''},  {0xFF0D, '-'},
}};
constexpr std::array kMarks{
    PointRange{0x300, 0x36F},   PointRange{0x483, 0x489},   PointRange{0x591, 0x5BD},   PointRange{0x610, 0x61A},
    PointRange{0x64B, 0x65F},   PointRange{0x1AB0, 0x1AFF}, PointRange{0x1DC0, 0x1DFF}, PointRange{0x20D0, 0x20FF},
    PointRange{0x3099, 0x309A}, PointRange{0xFE00, 0xFE0F}, PointRange{0xFE20, 0xFE2F},
};
constexpr std::array kIgnored{
    PointRange{0xAD, 0xAD},     PointRange{0x34F, 0x34F},   PointRange{0x61C, 0x61C},   PointRange{0x180E, 0x180E},
    PointRange{0x200B, 0x200F}, PointRange{0x202A, 0x202E}, PointRange{0x2060, 0x206F}, PointRange{0xFEFF, 0xFEFF},
};
constexpr std::array kNoLetters{
    PointRange{0x80, 0xA9},     PointRange{0xAB, 0xB4},       PointRange{0xB6, 0xB9},        PointRange{0xBB, 0xBF},
    PointRange{0xD7, 0xD7},     PointRange{0xF7, 0xF7},       PointRange{0x2B9, 0x2DF},      PointRange{0x2E5, 0x2FF},
    PointRange{0x375, 0x375},   PointRange{0x37E, 0x37E},     PointRange{0x384, 0x385},      PointRange{0x387, 0x387},
    PointRange{0x3F6, 0x3F6},   PointRange{0x482, 0x482},     PointRange{0x55A, 0x55F},      PointRange{0x589, 0x58F},
    PointRange{0x5BE, 0x5BE},   PointRange{0x5C0, 0x5C0},     PointRange{0x5C3, 0x5C3},      PointRange{0x5C6, 0x5C6},
    PointRange{0x5F3, 0x5F4},   PointRange{0x600, 0x60F},     PointRange{0x61B, 0x61F},      PointRange{0x66A, 0x66D},
    PointRange{0x6D4, 0x6D4},   PointRange{0x6DD, 0x6DE},     PointRange{0x6E9, 0x6E9},      PointRange{0x700, 0x70F},
    PointRange{0x964, 0x965},   PointRange{0x970, 0x970},     PointRange{0xE3F, 0xE3F},      PointRange{0xE4F, 0xE4F},
    PointRange{0xE5A, 0xE5B},   PointRange{0x10FB, 0x10FB},   PointRange{0x1680, 0x1680},    PointRange{0x17D4, 0x17D6},
    PointRange{0x1FBD, 0x1FBD}, PointRange{0x1FBF, 0x1FC1},   PointRange{0x2000, 0x206F},    PointRange{0x207A, 0x207E},
    PointRange{0x20A0, 0x20CF}, PointRange{0x2100, 0x2125},   PointRange{0x2127, 0x214F},    PointRange{0x2190, 0x2BFF},
    PointRange{0x2E00, 0x2E7F}, PointRange{0x3000, 0x3004},   PointRange{0x3008, 0x3020},    PointRange{0x3030, 0x3030},
    PointRange{0x303D, 0x303F}, PointRange{0x30A0, 0x30A0},   PointRange{0x30FB, 0x30FB},    PointRange{0xD800, 0xF8FF},
    PointRange{0xFD3E, 0xFD3F}, PointRange{0xFDFC, 0xFDFF},   PointRange{0xFE10, 0xFE6F},    PointRange{0xFEFF, 0xFEFF},
    PointRange{0xFF00, 0xFF0F}, PointRange{0xFF1A, 0xFF20},   PointRange{0xFF3B, 0xFF40},    PointRange{0xFF5B, 0xFF65},
    PointRange{0xFFE0, 0xFFFF}, PointRange{0x1F000, 0x1FAFF}, PointRange{0xE0000, 0x10FFFF},
};
constexpr std::array kUnspaced{
    PointRange{0xE00, 0xEFF},   PointRange{0x1000, 0x109F}, PointRange{0x1780, 0x17FF}, PointRange{0x3005, 0x3007},
    PointRange{0x3040, 0x30FF}, PointRange{0x3400, 0x9FFF}, PointRange{0xF900, 0xFAFF}, PointRange{0x20000, 0x3FFFF},
};

char32_t fold_point(char32_t c) {
    for (const CaseRange& range : kUpperRanges)
        if (c >= range.first && c <= range.last) return c + range.distance;
    if (c < 0x100) return c;
    for (const auto& [from, to] : kFoldedTo)
        if (c == from) return to;
    if (c % 2 == 0 && is_within(kEvenUpper, c)) return c + 1;
    if (c % 2 == 1 && is_within(kOddUpper, c)) return c + 1;
    return c;
}

/// Its length in bytes follows from the lead; nothing where the bytes are no code point.
std::optional<char32_t> point_at(std::string_view text, std::size_t at, std::size_t& length) {
    const auto lead = static_cast<unsigned char>(text[at]);
    length = 1;
    if (lead < 0x80) return lead;
    const std::size_t expected = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + expected > text.size()) return std::nullopt;
    char32_t c = lead & (0x7FU >> expected);
    for (std::size_t i = 1; i < expected; ++i) {
        const auto byte = static_cast<unsigned char>(text[at + i]);
        if ((byte & 0xC0U) != 0x80U) return std::nullopt;
        c = c << 6 | (byte & 0x3FU);
    }
    length = expected;
    return c;
}

/// The end of a letter with its marks, which NFKC may join.
std::size_t end_of_cluster(std::string_view text, std::size_t at) {
    while (at < text.size() && static_cast<signed char>(text[at]) < 0) {
        std::size_t length = 0;
        const auto mark = point_at(text, at, length);
        const bool joins = mark && (is_within(kMarks, *mark) || (*mark >= 0x1160 && *mark < 0x1200));
        if (!joins) break;
        at += length;
    }
    return at;
}

bool is_ascii_word(char c) {
    return static_cast<signed char>(c) >= 0 && is_letter_or_digit(static_cast<unsigned char>(c));
}

void append_folded(std::vector<FoldedPoint>& out, char32_t c, index begin, index end) {
    if (is_within(kMarks, c) || is_within(kIgnored, c)) return;
    if (c == 0xDF || c == 0x1E9E) {
        out.insert(out.end(), 2, {'s', c, begin, end});
    } else {
        out.push_back({fold_point(c), c, begin, end});
    }
}

}  // namespace

std::vector<FoldedPoint> fold_text(std::string_view utf8) {
    std::vector<FoldedPoint> out;
    out.reserve(utf8.size());
    for (std::size_t at = 0; at < utf8.size();) {
        std::size_t length = 0;
        const auto first = point_at(utf8, at, length);
        const std::size_t end = end_of_cluster(utf8, at + length);
        const auto begin = static_cast<index>(at), last = static_cast<index>(end);
        const auto cluster = utf8.substr(at, end - at);
        at = end;
        if (first && *first < 0x80 && cluster.size() == 1) {
            out.push_back({fold_point(*first), *first, begin, last});
            continue;
        }
        const auto normal = first ? to_nfkc(cluster) : std::nullopt;
        if (!normal) {
            out.push_back({kNoPoint, kNoPoint, begin, last});
            continue;
        }
        const bool is_sign = !is_letter_or_digit(*first) && std::any_of(normal->begin(), normal->end(), is_ascii_word);
        if (is_sign) {  // "№", "²", "™" stand for letters or digits, and end a word
            out.push_back({*first, *first, begin, last});
            continue;
        }
        for (std::size_t i = 0; i < normal->size(); i += length) {
            append_folded(out, point_at(*normal, i, length).value_or(kNoPoint), begin, last);
        }
    }
    return out;
}

bool is_letter_or_digit(char32_t folded) {
    if (folded < 0x80) {
        return (folded >= '0' && folded <= '9') || (folded >= 'a' && folded <= 'z') || (folded >= 'A' && folded <= 'Z');
    }
    return !is_within(kNoLetters, folded);
}

bool is_unspaced(char32_t folded) { return folded >= 0xE00 && is_within(kUnspaced, folded); }

}  // namespace assay::data::detail
