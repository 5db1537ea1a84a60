#include "data/hl7/texts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "data/csv/utf8.hpp"

namespace assay::data::hl7 {
namespace {

/// Of all bytes at once, which compilers make vectors of.
bool has_high_bytes(std::string_view bytes) {
    unsigned char all = 0;
    for (const char c : bytes) all |= static_cast<unsigned char>(c);
    return all >= 0x80;
}

void append_code_point(std::uint32_t code, std::string& out) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

/// What ISO 8859-15 has in the place of ISO 8859-1.
std::uint32_t latin9(unsigned char byte) {
    switch (byte) {
        case 0xA4:
            return 0x20AC;
        case 0xA6:
            return 0x0160;
        case 0xA8:
            return 0x0161;
        case 0xB4:
            return 0x017D;
        case 0xB8:
            return 0x017E;
        case 0xBC:
            return 0x0152;
        case 0xBD:
            return 0x0153;
        case 0xBE:
            return 0x0178;
        default:
            return byte;
    }
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The bytes of \Xhh..\; false where the digits are none.
bool append_hex(std::string_view digits, std::string& out) {
    if (digits.empty() || digits.size() % 2 != 0) return false;
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return hex_digit(c) >= 0; })) return false;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        out += static_cast<char>(hex_digit(digits[i]) * 16 + hex_digit(digits[i + 1]));
    }
    return true;
}

}  // namespace

std::optional<CharacterSet> character_set(std::string_view name) noexcept {
    if (name.empty() || name == "ASCII" || name == "\"\"") return CharacterSet::Undeclared;
    if (name == "UNICODE UTF-8" || name == "UTF-8" || name == "UTF8" || name == "utf-8") return CharacterSet::Utf8;
    if (name == "8859/1" || name == "ISO-8859-1" || name == "8859-1") return CharacterSet::Latin1;
    if (name == "8859/15" || name == "ISO-8859-15") return CharacterSet::Latin9;
    return std::nullopt;
}

bool is_text_of(std::string_view bytes, CharacterSet set) noexcept {
    if (set == CharacterSet::Latin1 || set == CharacterSet::Latin9) return true;
    return !has_high_bytes(bytes) || csv::is_utf8(bytes);
}

void Texts::begin(const Separators& separators, CharacterSet set, std::string_view message) {
    separators_ = separators;
    set_ = set;
    kept_.clear();
    // MSH-2 holds the escape character once; a second one begins a sequence.
    const char escape = separators.escape;
    const bool foreign = set == CharacterSet::Latin1 || set == CharacterSet::Latin9;
    const bool escapes = escape != '\0' && message.find(escape, message.find(escape) + 1) != std::string_view::npos;
    as_they_are_ = !escapes && !(foreign && has_high_bytes(message));
}

std::string_view Texts::resolved(std::string_view bytes) {
    const bool escapes = separators_.escape != '\0' && bytes.find(separators_.escape) != std::string_view::npos;
    const bool foreign = set_ == CharacterSet::Latin1 || set_ == CharacterSet::Latin9;
    if (!escapes && !(foreign && has_high_bytes(bytes))) return bytes;
    std::string out;
    while (!bytes.empty()) {
        const auto open = escapes ? bytes.find(separators_.escape) : std::string_view::npos;
        const auto close = open == std::string_view::npos ? open : bytes.find(separators_.escape, open + 1);
        if (close == std::string_view::npos) {
            out += bytes;
            break;
        }
        out += bytes.substr(0, open);
        append_escape(bytes.substr(open + 1, close - open - 1), out);
        bytes.remove_prefix(close + 1);
    }
    return kept_.emplace_back(decoded(out));
}

void Texts::append_escape(std::string_view sequence, std::string& out) const {
    const auto as_it_is = [&] {
        out += separators_.escape;
        out += sequence;
        out += separators_.escape;
    };
    if (sequence == "F") {
        out += separators_.field;
    } else if (sequence == "S") {
        out += separators_.component;
    } else if (sequence == "T") {
        out += separators_.subcomponent;
    } else if (sequence == "R") {
        out += separators_.repetition;
    } else if (sequence == "E") {
        out += separators_.escape;
    } else if (sequence == "P") {
        out += '#';
    } else if (sequence == "H" || sequence == "N") {
        return;
    } else if (sequence.starts_with(".br") || sequence.starts_with(".sp") || sequence.starts_with(".ce")) {
        out += '\n';
    } else if (sequence.starts_with(".")) {
        return;  // indentation and filling
    } else if (sequence.starts_with("X")) {
        std::string bytes;
        append_hex(sequence.substr(1), bytes) && is_text_of(bytes, set_) ? static_cast<void>(out += bytes) : as_it_is();
    } else {
        as_it_is();
    }
}

std::string Texts::decoded(std::string_view bytes) const {
    if (set_ != CharacterSet::Latin1 && set_ != CharacterSet::Latin9) return std::string(bytes);
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        append_code_point(set_ == CharacterSet::Latin9 ? latin9(byte) : byte, out);
    }
    return out;
}

}  // namespace assay::data::hl7
