#include "data/hl7/message.hpp"

#include <algorithm>
#include <charconv>

namespace assay::data::hl7 {
namespace {

constexpr char kBlockStart = '\x0B';
constexpr char kBlockEnd = '\x1C';

bool is_batch(std::string_view segment) {
    const std::string_view id = segment.substr(0, 3);
    return id == "FHS" || id == "BHS" || id == "BTS" || id == "FTS";
}

/// The next place from `from` on where a message begins whatever stood before, or the end.
std::size_t next_cut(std::string_view text, std::size_t from, bool framed, bool cr_only) {
    if (framed) return std::min(text.find(kBlockStart, from), text.size());
    for (;;) {
        from = text.find("MSH", from);
        if (from == std::string_view::npos) return text.size();
        const char before = from == 0 ? '\0' : text[from - 1];
        if (before == '\r' || (before == '\n' && !cr_only)) return from;
        ++from;
    }
}

}  // namespace

bool ends_in_cr(std::string_view text) noexcept {
    const auto end = text.find_first_of("\r\n");
    return end != std::string_view::npos && text[end] == '\r' && (end + 1 == text.size() || text[end + 1] != '\n');
}

std::vector<std::size_t> message_cuts(std::string_view text, bool cr_only, std::size_t step) {
    std::vector<std::size_t> cuts{0};
    if (text.size() > step) {
        // A block character says of what follows that it is framed: then nothing but the next one begins anew.
        const bool framed = text.find(kBlockStart) != std::string_view::npos;
        for (std::size_t cut = 0; (cut = next_cut(text, cut + step, framed, cr_only)) < text.size();)
            cuts.push_back(cut);
    }
    cuts.push_back(text.size());
    return cuts;
}

MessageScanner::MessageScanner(std::string_view text, bool cr_only, std::size_t begin, std::size_t end)
    : text_(text.substr(0, end)), at_(begin), cr_only_(cr_only) {
    if (begin == 0 && text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

/// Goes past ends of segments and block characters; true where the message is at its end.
bool MessageScanner::skip_ends(Message& message) {
    for (; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '\n' || c == '\r') {
            // CRLF is one line end; in a file of CRs a line feed before a segment is a stray.
            const bool second = c == '\n' && at_ > 0 && text_[at_ - 1] == '\r';
            if (!second) ++line_;
        } else if (c == kBlockEnd) {
            if (message.segments.empty()) continue;
            message.closed = true;
            ++at_;
            return true;
        } else if (c == kBlockStart) {
            if (!message.segments.empty()) return true;
            message.framed = true;
            message.closed = false;
        } else {
            return false;
        }
    }
    return true;
}

std::string_view MessageScanner::segment() {
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        const bool low = static_cast<unsigned char>(c) <= static_cast<unsigned char>(kBlockEnd);
        if (low && (c == '\r' || (c == '\n' && !cr_only_) || c == kBlockEnd || c == kBlockStart)) break;
        ++at_;
    }
    return text_.substr(begin, at_ - begin);
}

void MessageScanner::note_batch(std::string_view segment) {
    if (!segment.starts_with("BTS") || segment.size() < 5) return;
    const std::string_view digits = part(segment, segment[3], 2);
    index count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error != std::errc() || end != digits.data() + digits.size() || count < 0 || count > (index{1} << 40)) return;
    batches_.has_trailer = true;
    batches_.announced += count;
}

bool MessageScanner::next(Message& message) {
    message.segments.clear();
    message.framed = false;
    message.closed = true;
    std::size_t begin = at_;
    std::size_t end = at_;
    while (!skip_ends(message)) {
        const std::size_t before = at_;
        const std::int64_t line = line_;
        const std::string_view bytes = segment();
        const bool header = bytes.starts_with("MSH");
        if ((header || is_batch(bytes)) && !message.segments.empty()) {
            at_ = before;
            break;
        }
        if (is_batch(bytes)) {
            note_batch(bytes);
            continue;
        }
        if (message.segments.empty()) begin = before;
        message.segments.push_back({bytes, line});
        end = at_;
    }
    message.raw = text_.substr(begin, message.segments.empty() ? 0 : end - begin);
    message.byte_offset = static_cast<index>(begin);
    if (message.segments.empty()) return false;
    ++batches_.messages;
    return true;
}

void Fields::split(std::string_view segment, char separator) {
    fields_.clear();
    offset_ = segment.starts_with("MSH") ? 1 : 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < segment.size(); ++at) {
        if (segment[at] != separator) continue;
        fields_.push_back(segment.substr(begin, at - begin));
        begin = at + 1;
    }
    fields_.push_back(segment.substr(begin));
}

}  // namespace assay::data::hl7
