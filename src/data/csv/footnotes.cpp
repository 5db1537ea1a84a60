#include "data/csv/footnotes.hpp"

#include <cctype>

namespace assay::data::csv {
namespace {

std::string_view without_cr(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

bool reads_like_a_note(std::string_view line) {
    constexpr std::string_view openers = "#*-=(";
    if (openers.find(line.front()) != std::string_view::npos) return true;
    if (std::isalpha(static_cast<unsigned char>(line.front())) == 0) return false;
    return line.find_first_of(" :") != std::string_view::npos;
}

}  // namespace

index start_of_last_lines(std::string_view tail, const Marks& marks, index lines) {
    std::size_t end = tail.size();
    if (end > 0 && tail[end - 1] == marks.newline) --end;
    for (index i = 0; i < lines; ++i) {
        const auto newline = end == 0 ? std::string_view::npos : tail.rfind(marks.newline, end - 1);
        if (newline == std::string_view::npos) return 0;
        if (i + 1 == lines) return static_cast<index>(newline) + 1;
        end = newline;
    }
    return static_cast<index>(tail.size());
}

index find_footnotes(std::string_view tail, const Marks& marks, index num_fields) {
    const auto none = static_cast<index>(tail.size());
    if (num_fields < 2) return none;
    index begin = none;
    bool all_notes = true;
    for (index lines = 1; lines <= kMaxFootnotes && begin > 0; ++lines) {
        const index start = start_of_last_lines(tail, marks, lines);
        if (start >= begin || start < none - kFootnoteBytes) break;
        std::string_view line = tail.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(begin - start));
        const bool whole = line.back() == marks.newline;
        if (whole) line.remove_suffix(1);
        line = without_cr(line);
        if (line.find(marks.delimiter) != std::string_view::npos) break;
        if (marks.quote != '\0' && line.find(marks.quote) != std::string_view::npos) return none;
        begin = start;
        if (line.empty()) {
            if (lines > 1) all_notes = true;  // what follows a blank line is set apart from the rows
            continue;
        }
        all_notes = all_notes && reads_like_a_note(line);
    }
    // Blank lines alone are no footnotes.
    const bool blank = tail.substr(static_cast<std::size_t>(begin)).find_first_not_of("\r\n") == std::string_view::npos;
    return blank || !all_notes ? none : begin;
}

}  // namespace assay::data::csv
