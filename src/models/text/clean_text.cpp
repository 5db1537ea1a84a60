#include "assay/models/text/clean_text.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "models/text/utf8.hpp"

namespace assay::models {
namespace {

struct NamedReference {
    std::string_view name;
    char32_t first, second = 0;
};
struct PlainForm {
    char32_t code;
    char32_t text[3];
};
struct NumberedReference {
    char32_t number, code;
};

#include "models/text/clean_text_tables.inc"

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const NamedReference* find_reference(std::string_view name) {
    const auto* at = std::lower_bound(std::begin(kReferences), std::end(kReferences), name,
                                      [](const NamedReference& r, std::string_view n) { return r.name < n; });
    return at != std::end(kReferences) && at->name == name ? at : nullptr;
}

void append_number(std::string& out, std::uint64_t number) {
    for (const NumberedReference& known : kNumbered) {
        if (known.number != number) continue;
        if (known.code != 0) detail::append_utf8(out, known.code);
        return;
    }
    const bool surrogate = number >= 0xD800 && number < 0xE000;
    if (surrogate || number > 0x10FFFF) return detail::append_utf8(out, 0xFFFD);
    const bool no_character = (number >= 0xFDD0 && number < 0xFDF0) || (number & 0xFFFEU) == 0xFFFE;
    if (!no_character) detail::append_utf8(out, static_cast<char32_t>(number));
}

/// The reference by number at the beginning of `text`, "&#233;" or "&#xe9;": its length, 0 where there is none.
std::size_t take_number(std::string_view text, std::string& out) {
    const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
    const std::size_t begin = hex ? 3 : 2;
    std::uint64_t number = 0;
    std::size_t at = begin;
    for (; at < text.size(); ++at) {
        const int digit = hex || is_digit(text[at]) ? hex_digit(text[at]) : -1;
        if (digit < 0) break;
        number = std::min<std::uint64_t>(number * (hex ? 16 : 10) + static_cast<std::uint64_t>(digit), 0x110000);
    }
    if (at == begin) return 0;
    append_number(out, number);
    return at + (at < text.size() && text[at] == ';' ? 1 : 0);
}

/// The reference by name at the beginning of `text`, also where no semicolon ends it: its length, 0 for none.
std::size_t take_name(std::string_view text, std::string& out) {
    constexpr std::size_t kLongestName = 32;  // CounterClockwiseContourIntegral;
    std::size_t end = 1;
    while (end < text.size() && end <= kLongestName && (is_ascii_letter(text[end]) || is_digit(text[end]))) ++end;
    if (end < text.size() && text[end] == ';') ++end;
    for (; end > 2; --end) {
        const NamedReference* found = find_reference(text.substr(1, end - 1));
        if (found == nullptr) continue;
        detail::append_utf8(out, found->first);
        if (found->second != 0) detail::append_utf8(out, found->second);
        return end;
    }
    return 0;
}

std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find('&'), text.size());
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const std::size_t size = text.size() > 1 && text[1] == '#' ? take_number(text, out) : take_name(text, out);
        if (size == 0) out += '&';
        text.remove_prefix(std::max<std::size_t>(1, size));
    }
    return out;
}

/// Length of a terminal's escape sequence such as "\033[1;31m" at the beginning of `text`; 0 where there is none.
std::size_t terminal_escape(std::string_view text) {
    if (!text.starts_with("\033[")) return 0;
    std::size_t at = 2;
    while (at < text.size() && (is_digit(text[at]) || text[at] == ';')) ++at;
    return at < text.size() && is_ascii_letter(text[at]) ? at + 1 : 0;
}

/// What ftfy takes for a control character; tabs and ends of lines are white space.
bool is_dropped_control(char32_t c) {
    return c <= 0x08 || c == 0x0B || (c >= 0x0E && c < 0x20) || c == 0x7F || (c >= 0x206A && c <= 0x206F) ||
           c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFC);
}

void append_plain(std::string& out, char32_t c) {
    const auto* at = std::lower_bound(std::begin(kPlainForms), std::end(kPlainForms), c,
                                      [](const PlainForm& form, char32_t x) { return form.code < x; });
    if (at == std::end(kPlainForms) || at->code != c) return detail::append_utf8(out, c);
    for (const char32_t part : at->text) {
        if (part != 0) detail::append_utf8(out, part);
    }
}

std::string plain_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (const std::size_t escape = terminal_escape(text.substr(at)); escape > 0) {
            at += escape;
            continue;
        }
        const char32_t c = detail::next_code_point(text, at);
        if (!is_dropped_control(c)) append_plain(out, c);
    }
    return out;
}

/// What Python's str.split takes for white space.
bool is_python_space(char32_t c) {
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::string single_spaced(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool pending = false;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = detail::next_code_point(text, at);
        if (is_python_space(c)) {
            pending = !out.empty();
            continue;
        }
        if (pending) out += ' ';
        pending = false;
        detail::append_utf8(out, c);
    }
    return out;
}

}  // namespace

std::string clean_text(std::string_view text) {
    // ftfy resolves references before its other steps, unless a '<' says that the text is HTML.
    const bool is_html = text.find('<') != std::string_view::npos;
    return single_spaced(unescape(unescape(plain_text(is_html ? std::string(text) : unescape(text)))));
}

}  // namespace assay::models
