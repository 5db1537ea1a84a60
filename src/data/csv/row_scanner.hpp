#pragma once

#include <cstring>

#include "data/csv/structure.hpp"

namespace assay::data::csv {

/// The careful scanner's view of one row.
struct ScannedRow {
    bool whole = false;  ///< false: it depends on bytes that are not there yet
    index end = 0;       ///< of its text, CR included
    index next = 0;      ///< start of the next row
    RowFault fault = RowFault::None;
};

/// A row with broken quotes, or one that is longer than allowed, ends at its first line end: what follows it is read
/// as rows of their own, so that one stray quote does not swallow the rest of the file.
inline ScannedRow end_at_first_line(std::string_view bytes, index begin, const Marks& marks, bool at_end,
                                    RowFault fault) {
    const auto found = bytes.find(marks.newline, static_cast<std::size_t>(begin));
    const bool has_end = found != std::string_view::npos;
    const auto end = static_cast<index>(has_end ? found : bytes.size());
    const bool cr = marks.cr_before_newline() && end > begin && bytes[static_cast<std::size_t>(end) - 1] == '\r';
    // A line too long to be kept is not looked at for its quotes.
    if (end - (cr ? 1 : 0) - begin > marks.max_row_bytes) fault = RowFault::TooLong;
    return {has_end || at_end, end, end + (has_end ? 1 : 0), fault};
}

/// Scans one row from `begin`; calls on_field(position of the delimiter or line end) for each field.
/// After a fault the fields reported are meaningless.
template <class OnField>
ScannedRow scan_row(std::string_view bytes, index begin, const Marks& marks, bool at_end, OnField&& on_field) {
    const auto size = static_cast<index>(bytes.size());
    // One more for a CR that belongs to the line end.
    const index limit = begin + marks.max_row_bytes + 1;
    const auto fault = [&](RowFault kind) { return end_at_first_line(bytes, begin, marks, at_end, kind); };
    index at = begin;
    while (true) {
        if (marks.quote != '\0' && at < size && bytes[static_cast<std::size_t>(at)] == marks.quote) {
            ++at;
            while (true) {
                const auto quote = bytes.find(marks.quote, static_cast<std::size_t>(at));
                if (quote == std::string_view::npos) {
                    if (size > limit) return fault(RowFault::TooLong);
                    return at_end ? fault(RowFault::Quote) : ScannedRow{};
                }
                at = static_cast<index>(quote) + 1;
                if (at > limit + 1) return fault(RowFault::TooLong);
                if (at < size && bytes[static_cast<std::size_t>(at)] == marks.quote) {
                    ++at;
                    continue;
                }
                break;
            }
            if (at >= size && !at_end) return {};
            if (at < size && bytes[static_cast<std::size_t>(at)] != marks.delimiter &&
                bytes[static_cast<std::size_t>(at)] != marks.newline) {
                const bool cr = marks.cr_before_newline() && bytes[static_cast<std::size_t>(at)] == '\r';
                if (cr && at + 1 >= size && !at_end) return {};
                if (!cr || (at + 1 < size && bytes[static_cast<std::size_t>(at) + 1] != marks.newline)) {
                    return fault(RowFault::Quote);
                }
                if (at + 1 <= size) ++at;
            }
        }
        while (at < size && bytes[static_cast<std::size_t>(at)] != marks.delimiter &&
               bytes[static_cast<std::size_t>(at)] != marks.newline) {
            ++at;
        }
        if (at > limit + 1) return fault(RowFault::TooLong);
        if (at >= size) {
            if (!at_end) return {};
            on_field(size);
            return {true, size, size, size - begin > marks.max_row_bytes ? RowFault::TooLong : RowFault::None};
        }
        on_field(at);
        if (bytes[static_cast<std::size_t>(at)] == marks.newline) break;
        ++at;
    }
    index text_end = at;
    if (marks.cr_before_newline() && text_end > begin && bytes[static_cast<std::size_t>(text_end) - 1] == '\r') {
        --text_end;
    }
    if (text_end - begin > marks.max_row_bytes) return fault(RowFault::TooLong);
    return {true, at, at + 1, RowFault::None};
}

}  // namespace assay::data::csv
