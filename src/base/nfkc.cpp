#include "assay/base/nfkc.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace assay {
namespace {

struct Decomposition {
    char32_t point;
    std::uint16_t first;
    std::uint8_t length;
};

struct CombiningRange {
    char32_t first;
    char32_t last;
    std::uint8_t combining_class;
};

struct Composition {
    char32_t first;
    char32_t second;
    char32_t composed;
};

#include "nfkc_table.inc"

// Hangul syllables are composed by arithmetic. Source: The Unicode Standard, section 3.12.
constexpr char32_t syllable_base = 0xAC00, lead_base = 0x1100, vowel_base = 0x1161, tail_base = 0x11A7;
constexpr char32_t lead_count = 19, vowel_count = 21, tail_count = 28;
constexpr char32_t syllable_count = lead_count * vowel_count * tail_count;

struct Point {
    char32_t value;
    std::uint8_t combining_class;
};

std::uint8_t combining_class(char32_t c) {
    if (c < 0x300) return 0;
    const auto* range = std::lower_bound(std::begin(kCombining), std::end(kCombining), c,
                                         [](const CombiningRange& r, char32_t value) { return r.last < value; });
    return range != std::end(kCombining) && range->first <= c ? range->combining_class : std::uint8_t{0};
}

void add_point(std::vector<Point>& points, char32_t c) { points.push_back({c, combining_class(c)}); }

void add_decomposed(std::vector<Point>& points, char32_t c) {
    if (c < 0xA0) return add_point(points, c);
    if (const char32_t at = c - syllable_base; c >= syllable_base && at < syllable_count) {
        add_point(points, lead_base + at / (vowel_count * tail_count));
        add_point(points, vowel_base + at % (vowel_count * tail_count) / tail_count);
        if (at % tail_count != 0) add_point(points, tail_base + at % tail_count);
        return;
    }
    const auto* found = std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), c,
                                         [](const Decomposition& d, char32_t value) { return d.point < value; });
    if (found == std::end(kDecompositions) || found->point != c) return add_point(points, c);
    for (int i = 0; i < found->length; ++i) add_point(points, kDecomposed[found->first + i]);
}

/// The next code point, or nothing where the bytes are no shortest form of one.
std::optional<char32_t> decode_point(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(at);
    if (lead < 0x80) return static_cast<char32_t>(byte(at++));
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return std::nullopt;
    char32_t c = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0U) != 0x80U) return std::nullopt;
        c = c << 6 | (byte(at + i) & 0x3FU);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < smallest[length] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return std::nullopt;
    at += length;
    return c;
}

void append_point(std::string& out, char32_t c) {
    const auto push = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) return push(c);
    if (c < 0x800) {
        push(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            push(0xE0 | c >> 12);
        } else {
            push(0xF0 | c >> 18);
            push(0x80 | (c >> 12 & 0x3F));
        }
        push(0x80 | (c >> 6 & 0x3F));
    }
    push(0x80 | (c & 0x3F));
}

/// Marks on one letter in the order of their classes.
void order_marks(std::vector<Point>& points) {
    auto begin = points.begin();
    while (begin != points.end()) {
        if (begin->combining_class == 0) {
            ++begin;
            continue;
        }
        const auto end = std::find_if(begin, points.end(), [](const Point& p) { return p.combining_class == 0; });
        std::stable_sort(begin, end,
                         [](const Point& a, const Point& b) { return a.combining_class < b.combining_class; });
        begin = end;
    }
}

std::optional<char32_t> compose_pair(char32_t a, char32_t b) {
    if (a - lead_base < lead_count && b - vowel_base < vowel_count) {
        return syllable_base + ((a - lead_base) * vowel_count + (b - vowel_base)) * tail_count;
    }
    if (a - syllable_base < syllable_count && (a - syllable_base) % tail_count == 0 && b > tail_base &&
        b < tail_base + tail_count) {
        return a + (b - tail_base);
    }
    const auto* found = std::lower_bound(std::begin(kCompositions), std::end(kCompositions), std::pair(a, b),
                                         [](const Composition& c, const std::pair<char32_t, char32_t>& pair) {
                                             return std::pair(c.first, c.second) < pair;
                                         });
    if (found == std::end(kCompositions) || found->first != a || found->second != b) return std::nullopt;
    return found->composed;
}

/// Joins each mark with its letter unless another mark of the same or a higher class stands between them.
void compose_all(std::vector<Point>& points) {
    std::size_t size = 0, starter = 0;
    bool has_starter = false;
    int last_class = -1;  // of what was kept since the starter, -1 for nothing
    for (const Point point : points) {
        if (has_starter && last_class < static_cast<int>(point.combining_class)) {
            if (const auto both = compose_pair(points[starter].value, point.value)) {
                points[starter].value = *both;
                continue;
            }
        }
        if (point.combining_class == 0) {
            starter = size;
            has_starter = true;
            last_class = -1;
        } else {
            last_class = point.combining_class;
        }
        points[size++] = point;
    }
    points.resize(size);
}

}  // namespace

std::optional<std::string> to_nfkc(std::string_view utf8) {
    if (std::all_of(utf8.begin(), utf8.end(), [](char c) { return static_cast<signed char>(c) >= 0; })) {
        return std::string(utf8);
    }
    std::vector<Point> points;
    points.reserve(utf8.size());
    for (std::size_t at = 0; at < utf8.size();) {
        const auto c = decode_point(utf8, at);
        if (!c) return std::nullopt;
        add_decomposed(points, *c);
    }
    order_marks(points);
    compose_all(points);
    std::string out;
    out.reserve(utf8.size());
    for (const Point& point : points) append_point(out, point.value);
    return out;
}

}  // namespace assay
