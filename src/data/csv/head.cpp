#include "data/csv/head.hpp"

#include <algorithm>
#include <utility>

#include "data/csv/cells.hpp"

namespace assay::data::csv {

std::string read_head(ByteSource& source) {
    std::string head;
    // Most files are small: a MiB is not cleared for each of them.
    for (index step = index{32} << 10; static_cast<index>(head.size()) < kHeadBytes; step *= 2) {
        const auto before = static_cast<index>(head.size());
        const index wanted = std::min(step, kHeadBytes - before);
        head.resize(static_cast<std::size_t>(before + wanted));
        const index got = source.read(head.data() + before, wanted);
        head.resize(static_cast<std::size_t>(before + got));
        if (got < wanted) break;
    }
    return head;
}

ScannedRow split_row(std::string_view text, index begin, const Marks& marks, bool at_end,
                     std::vector<std::string>& fields) {
    fields.clear();
    index first = begin;
    const ScannedRow row = scan_row(text, begin, marks, at_end, [&](index end) {
        std::string_view field = text.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first));
        const bool last =
            end >= static_cast<index>(text.size()) || text[static_cast<std::size_t>(end)] == marks.newline;
        if (last && marks.cr_before_newline() && !field.empty() && field.back() == '\r') field.remove_suffix(1);
        const Cell cell = open_cell(field, marks.quote);
        std::string value(cell.text);
        if (cell.escaped)
            value.resize(static_cast<std::size_t>(unescape(cell.text, marks.quote, value.data()) - value.data()));
        fields.push_back(std::move(value));
        first = end + 1;
    });
    return row;
}

index start_of_line(std::string_view text, index lines, char newline) {
    std::size_t at = 0;
    for (index i = 0; i < lines; ++i) {
        at = text.find(newline, at);
        if (at == std::string_view::npos) return static_cast<index>(text.size());
        ++at;
    }
    return static_cast<index>(at);
}

}  // namespace assay::data::csv
