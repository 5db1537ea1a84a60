#include "data/hl7/header.hpp"

#include <array>
#include <cstddef>

#include "data/laboratory/told_time.hpp"

namespace assay::data::hl7 {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// Separators are signs: visible ASCII that is neither letter nor digit, and no two the same.
bool can_separate(std::string_view signs) {
    for (std::size_t i = 0; i < signs.size(); ++i) {
        const char c = signs[i];
        if (c <= ' ' || c > '~' || is_letter_or_digit(c) || (c >= 'a' && c <= 'z')) return false;
        if (signs.find(c, i + 1) != std::string_view::npos) return false;
    }
    return true;
}

bool read_separators(std::string_view msh, Separators& out) {
    if (msh.size() < 6) return false;
    out.field = msh[3];
    const std::string_view signs = msh.substr(4, msh.find(out.field, 4) - 4);
    if (signs.empty() || signs.size() > 5) return false;
    std::string all(1, out.field);
    all += signs;
    if (!can_separate(all)) return false;
    const auto sign = [&](std::size_t i) { return i < signs.size() ? signs[i] : '\0'; };
    out.component = sign(0);
    out.repetition = sign(1);
    out.escape = sign(2);
    out.subcomponent = sign(3);
    return true;
}

/// Three characters of a segment's name, then the field separator or the end.
std::string_view fault_of(std::string_view segment, char separator) {
    const bool named = segment.size() >= 3 && segment[0] >= 'A' && segment[0] <= 'Z' &&
                       is_letter_or_digit(segment[1]) && is_letter_or_digit(segment[2]);
    if (!named) return "segment.form";
    if (segment.size() == 3 || segment[3] == separator) return {};
    return can_separate(segment.substr(3, 1)) ? "segment.separator" : "segment.form";
}

}  // namespace

std::string_view read_header(const Message& message, index max_bytes, const TimeReading& times, Header& header) {
    header = {};
    if (static_cast<index>(message.raw.size()) > max_bytes) return "message.too_long";
    if (!message.segments.front().bytes.starts_with("MSH")) return "message.no_msh";
    if (message.framed && !message.closed) return "message.truncated";
    if (!read_separators(message.segments.front().bytes, header.separators)) return "msh.separators";
    for (const Segment& segment : message.segments) {
        const std::string_view fault = fault_of(segment.bytes, header.separators.field);
        if (!fault.empty()) return fault;
    }
    Fields msh;
    msh.split(message.segments.front().bytes, header.separators.field);
    header.type = part(msh[9], header.separators.component, 1);
    header.control_id = msh[10];
    header.application = msh[3];
    header.facility = msh[4];
    header.said_at = laboratory::told_time(part(msh[7], header.separators.component, 1), times);
    if (header.type.empty()) return "msh.message_type";
    const auto set = character_set(part(msh[18], header.separators.repetition, 1));
    const CharacterSet assumed = set.value_or(CharacterSet::Undeclared);
    if (!set && !is_text_of(message.raw, CharacterSet::Undeclared)) return "msh.character_set";
    if (!is_text_of(message.raw, assumed)) return "message.encoding";
    header.characters = assumed;
    return {};
}

}  // namespace assay::data::hl7
