#include "data/csv/block_parser.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "data/csv/utf8.hpp"

namespace assay::data::csv {
namespace {

const char* suffix_of(CellFault fault) {
    switch (fault) {
        case CellFault::Required:
            return ".required";
        case CellFault::Outlier:
            return ".outlier";
        case CellFault::Zone:
            return ".zone";
        default:
            return ".type";
    }
}

/// Appends to a list joined by ';' unless it was the last one appended.
void join(std::string& list, const std::string& item) {
    const bool repeated = list.size() >= item.size() &&
                          list.compare(list.size() - item.size(), item.size(), item) == 0 &&
                          (list.size() == item.size() || list[list.size() - item.size() - 1] == ';');
    if (repeated && !list.empty()) return;
    if (!list.empty()) list += ';';
    list += item;
}

index count_newlines(std::string_view text, char newline) {
    return static_cast<index>(std::count(text.begin(), text.end(), newline));
}

}  // namespace

void BlockParser::parse(Block& block, ParsedBlock& out) {
    out.ordinal = block.ordinal;
    out.bytes = block.size;
    out.end_position = block.end_position;
    out.byte_offset = block.byte_offset;
    out.num_lines = out.rows_read = out.num_rows = 0;
    out.rejected.clear();
    out.columns.resize(plan_.columns.size());
    first_.clear();
    failures_.clear();
    dropped_.clear();
    bytes_ = block.bytes();
    if (block.long_line) {
        reject_long_line(block, out);
        bytes_ = {};
    }
    find_structure(bytes_, plan_.marks, block.cut, plan_.kernel, structure_);
    sort_rows(bytes_, out);
    if (structure_.has_high_bytes && !is_utf8(bytes_)) check_encoding(bytes_, out);
    rows_.rows = static_cast<index>(first_.size());
    rows_.first = first_.data();
    const bool quotes = block.cut.quoting != Quoting::None;
    for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
        if (plan_.columns[i].file_column >= 0) {
            parse_column(rows_, plan_, static_cast<index>(i), quotes, out.columns[i], failures_);
        }
    }
    reject_failures(out);
    number_lines(bytes_, block.cut.quoting, out);
    if (!plan_.line_column.empty()) number_rows(out);
    if (block.long_line) out.num_lines = 1;
}

std::string_view BlockParser::line(std::uint32_t row) const {
    const std::uint32_t* ends = structure_.ends();
    const std::uint32_t* last = structure_.row_last();
    const index first_field = row == 0 ? 0 : static_cast<index>(last[row - 1]) + 1;
    const std::uint32_t begin = ends[first_field - 1] + 1;
    std::string_view text = bytes_.substr(begin, ends[last[row]] - begin);
    if (plan_.marks.cr_before_newline() && !text.empty() && text.back() == '\r') text.remove_suffix(1);
    return text;
}

std::uint32_t BlockParser::line_of_field(std::uint32_t field) const {
    const std::uint32_t* last = structure_.row_last();
    return static_cast<std::uint32_t>(std::lower_bound(last, last + structure_.num_rows, field) - last);
}

/// Tells rows with the right number of fields from the others.
void BlockParser::sort_rows(std::string_view bytes, ParsedBlock& out) {
    rows_ = {bytes.data(), structure_.ends(), nullptr, 0, plan_.num_fields(), false};
    const auto fields = static_cast<std::uint32_t>(plan_.num_fields());
    const std::uint32_t* last = structure_.row_last();
    auto flag = structure_.flags.begin();
    bool cr = false;
    std::uint32_t first = 0;
    for (std::uint32_t row = 0; row < structure_.num_rows; ++row) {
        const std::uint32_t next = last[row] + 1;
        const bool flagged = flag != structure_.flags.end() && flag->row == row;
        const std::uint32_t end = structure_.ends()[last[row]];
        cr |= end > 0 && bytes[end - 1] == '\r';
        if (next - first == fields && !flagged) {
            first_.push_back(first);
            ++out.rows_read;
        } else if (flagged || next - first != 1 || !line(row).empty()) {
            reject_line(row, flagged ? flag->fault : RowFault::None, out);
            ++out.rows_read;
        }
        if (flagged) ++flag;
        first = next;
    }
    rows_.cr_at_end = cr && plan_.marks.cr_before_newline();
}

void BlockParser::reject_line(std::uint32_t row, RowFault fault, ParsedBlock& out) {
    std::string rules = fault == RowFault::Quote     ? "row.quote"
                        : fault == RowFault::TooLong ? "row.too_long"
                                                     : "row.field_count";
    // Of an overlong row not all bytes need be at hand.
    const bool all = fault != RowFault::TooLong && structure_.has_high_bytes;
    if (all && !is_utf8(line(row))) rules += ";row.encoding";
    add_rejected(row, std::move(rules), {}, out);
}

void BlockParser::reject_long_line(const Block& block, ParsedBlock& out) {
    RejectedRow row;
    row.byte_length = block.long_line->length;
    row.rules = "row.too_long";
    row.raw = block.long_line->head;
    out.rejected.push_back(std::move(row));
    ++out.rows_read;
}

void BlockParser::add_rejected(std::uint32_t line_row, std::string rules, std::string columns, ParsedBlock& out) {
    const std::string_view text = line(line_row);
    RejectedRow row;
    row.line = line_row;
    row.byte_offset = text.data() - bytes_.data();
    row.byte_length = static_cast<index>(text.size());
    const bool whole = row.byte_length <= plan_.marks.max_row_bytes;
    row.raw.assign(whole ? text : text.substr(0, static_cast<std::size_t>(kRawBytes)));
    row.rules = std::move(rules);
    row.columns = std::move(columns);
    out.rejected.push_back(std::move(row));
}

void BlockParser::check_encoding(std::string_view bytes, ParsedBlock& out) {
    rows_.rows = static_cast<index>(first_.size());
    rows_.first = first_.data();
    // Their fields must not decide what type a column is.
    const bool infers = plan_.infers();
    std::vector<std::uint32_t> kept;
    for (index row = 0; row < rows_.rows; ++row) {
        const std::uint32_t first = first_[static_cast<std::size_t>(row)];
        const std::uint32_t begin = rows_.ends[static_cast<index>(first) - 1] + 1;
        const std::uint32_t end = rows_.ends[first + plan_.num_fields() - 1];
        if (is_utf8(bytes.substr(begin, end - begin))) {
            kept.push_back(first);
            continue;
        }
        std::string columns;
        for (index column = 0; column < plan_.num_fields(); ++column) {
            if (is_utf8(rows_.field(row, column))) continue;
            if (infers) {
                join(columns, plan_.file_columns[static_cast<std::size_t>(column)]);
            } else {
                failures_.push_back(
                    {static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column), CellFault::Encoding});
            }
        }
        if (infers) add_rejected(line_of_field(last_field(first)), "row.encoding", std::move(columns), out);
    }
    if (infers) first_ = std::move(kept);
}

/// Rows with failures leave the columns; each becomes one rejected row that names all of them.
void BlockParser::reject_failures(ParsedBlock& out) {
    const index rows = static_cast<index>(first_.size());
    out.num_rows = rows;
    if (!failures_.empty()) collect_failures(out);
    // Each step above went through the block by itself.
    std::sort(out.rejected.begin(), out.rejected.end(),
              [](const RejectedRow& a, const RejectedRow& b) { return a.byte_offset < b.byte_offset; });
    if (dropped_.empty()) return;
    for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
        if (plan_.columns[i].file_column >= 0) {
            drop_rows(dropped_, rows, plan_.columns[i].field.type, out.columns[i]);
        }
    }
    out.num_rows = rows - static_cast<index>(dropped_.size());
}

void BlockParser::collect_failures(ParsedBlock& out) {
    std::stable_sort(failures_.begin(), failures_.end(),
                     [](const Failure& a, const Failure& b) { return a.row < b.row; });
    for (auto it = failures_.begin(); it != failures_.end();) {
        const std::uint32_t row = it->row;
        std::string rules;
        std::string columns;
        for (; it != failures_.end() && it->row == row; ++it) {
            const bool encoding = it->fault == CellFault::Encoding;
            const std::string& name = encoding ? plan_.file_columns[it->column] : plan_.columns[it->column].field.name;
            join(rules, encoding ? "row.encoding" : name + suffix_of(it->fault));
            join(columns, name);
        }
        add_rejected(line_of_field(last_field(first_[row])), std::move(rules), std::move(columns), out);
        dropped_.push_back(row);
    }
}

/// Lines of the file: without quotes every row is one line, otherwise quoted line ends count, too.
void BlockParser::number_lines(std::string_view bytes, Quoting quoting, ParsedBlock& out) {
    if (quoting == Quoting::None) {
        out.num_lines = structure_.num_rows;
        return;
    }
    index line = 0;
    index at = 0;
    for (RejectedRow& row : out.rejected) {
        line +=
            count_newlines(bytes.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(row.byte_offset - at)),
                           plan_.marks.newline);
        at = row.byte_offset;
        row.line = line;
    }
    out.num_lines = line + count_newlines(bytes.substr(static_cast<std::size_t>(at)), plan_.marks.newline);
}

/// The first line of each accepted row.
void BlockParser::number_rows(ParsedBlock& out) const {
    out.row_lines.clear();
    out.row_lines.reserve(first_.size());
    auto dropped = dropped_.begin();
    index line = 0;
    index at = 0;
    for (std::uint32_t row = 0; row < first_.size(); ++row) {
        if (dropped != dropped_.end() && *dropped == row) {
            ++dropped;
            continue;
        }
        const std::uint32_t first_byte = rows_.ends[static_cast<index>(first_[row]) - 1] + 1;  // of the first row 0
        const index begin = first_byte;
        line += count_newlines(bytes_.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(begin - at)),
                               plan_.marks.newline);
        at = begin;
        out.row_lines.push_back(line);
    }
}

}  // namespace assay::data::csv
