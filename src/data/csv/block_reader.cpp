#include "data/csv/block_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "data/csv/footnotes.hpp"

namespace assay::data::csv {

BlockReader::BlockReader(std::unique_ptr<ByteSource> source, Marks marks, RowRange range, index block_bytes,
                         detail::CsvKernel kernel)
    : source_(std::move(source)), marks_(marks), range_(range), block_bytes_(block_bytes), kernel_(kernel) {
    std::vector<char> skipped(static_cast<std::size_t>(std::min<index>(range.first_byte, 1 << 20)));
    while (offset_ < range.first_byte) {
        const index step = std::min(range.first_byte - offset_, static_cast<index>(skipped.size()));
        const index got = source_->read(skipped.data(), step);
        if (got == 0) break;
        offset_ += got;
    }
}

bool BlockReader::next(Block& block) {
    if (finished_) return false;
    block.long_line.reset();
    block.cut = {};
    block.size = 0;
    fill(block, static_cast<index>(carry_.size()) + block_bytes_);
    while (!cut(block)) {
        const bool no_line_end =
            block.size > marks_.max_row_bytes + 2 && block.bytes().find(marks_.newline) == std::string_view::npos;
        if (no_line_end) return skip_long_line(block);
        fill(block, block.size * 2);
    }
    block.ordinal = ordinal_++;
    block.byte_offset = offset_;
    block.end_position = source_->position();
    offset_ += block.size;
    return block.size > 0;
}

void BlockReader::fill(Block& block, index target) {
    const index kept = block.size;
    const index carried = static_cast<index>(carry_.size());
    block.buffer.resize(Block::kFront + target + carried + kPadding);
    if (carried > 0) std::memcpy(block.data() + kept, carry_.data(), carry_.size());
    block.size = kept + carried;
    carry_.clear();
    if (target > block.size && !at_end_) {
        const index wanted = target - block.size;
        const index got = source_->read(block.data() + block.size, wanted);
        at_end_ = got < wanted;
        block.size += got;
    }
    std::memset(block.data() + block.size, 0, static_cast<std::size_t>(kPadding));
}

index BlockReader::held_back(std::string_view bytes) const {
    const auto size = static_cast<index>(bytes.size());
    if (range_.footnote_lines == 0) return size;
    const bool known = range_.footnote_lines > 0;
    const index lines = known ? range_.footnote_lines : kMaxFootnotes;
    // Long lines must not pile up in memory.
    const index most = known ? marks_.max_row_bytes : kFootnoteBytes;
    return std::max(start_of_last_lines(bytes, marks_, lines + 1), size - most - 1);
}

bool BlockReader::cut(Block& block) {
    if (at_end_) {
        take_footnotes(block);
        finished_ = true;
        if (block.size == 0) return true;
        if (block.data()[block.size - 1] != marks_.newline) {
            block.data()[block.size++] = marks_.newline;
        }
        block.cut = find_cut(block.bytes(), marks_, true, kernel_);
        return true;
    }
    const index limit = held_back(block.bytes());
    Cut found = find_cut(block.bytes().substr(0, static_cast<std::size_t>(limit)), marks_, false, kernel_);
    if (found.end == 0) return false;
    carry_.assign(block.data() + found.end, static_cast<std::size_t>(block.size - found.end));
    block.size = found.end;
    block.cut = std::move(found);
    std::memset(block.data() + block.size, 0, static_cast<std::size_t>(kPadding));
    return true;
}

void BlockReader::take_footnotes(Block& block) {
    const std::string_view bytes = block.bytes();
    const index begin = range_.footnote_lines < 0 ? find_footnotes(bytes, marks_, range_.num_fields)
                                                  : start_of_last_lines(bytes, marks_, range_.footnote_lines);
    std::string_view notes = bytes.substr(static_cast<std::size_t>(begin));
    while (!notes.empty()) {
        const auto end = std::min(notes.find(marks_.newline), notes.size());
        std::string_view line = notes.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        footnotes_.emplace_back(line);
        notes.remove_prefix(std::min(end + 1, notes.size()));
    }
    block.size = begin;
    std::memset(block.data() + block.size, 0, static_cast<std::size_t>(kPadding));
}

/// Reads to the end of a line that is too long to keep.
bool BlockReader::skip_long_line(Block& block) {
    LongLine line;
    line.head.assign(block.data(), static_cast<std::size_t>(std::min(block.size, kRawBytes)));
    index length = block.size;
    char last = block.data()[block.size - 1];
    std::vector<char> chunk(static_cast<std::size_t>(index{256} << 10));
    bool found = false;
    index line_end = 0;
    while (!found && !at_end_) {
        const index got = source_->read(chunk.data(), static_cast<index>(chunk.size()));
        at_end_ = got < static_cast<index>(chunk.size());
        const std::string_view text(chunk.data(), static_cast<std::size_t>(got));
        const auto newline = text.find(marks_.newline);
        found = newline != std::string_view::npos;
        const auto part = text.substr(0, newline);
        if (!part.empty()) last = part.back();
        length += static_cast<index>(part.size());
        const auto room = static_cast<std::size_t>(kRawBytes) - line.head.size();
        line.head.append(part.substr(0, room));
        if (found) {
            line_end = 1;
            carry_.assign(text.substr(newline + 1));
        }
    }
    line.length = length - (marks_.cr_before_newline() && last == '\r' ? 1 : 0);
    if (line.length < static_cast<index>(line.head.size())) line.head.pop_back();
    block.long_line = std::move(line);
    block.size = 0;
    block.cut = {};
    block.ordinal = ordinal_++;
    block.byte_offset = offset_;
    block.end_position = source_->position();
    offset_ += length + line_end;
    return true;
}

}  // namespace assay::data::csv
