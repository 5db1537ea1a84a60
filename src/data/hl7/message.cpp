#include "data/hl7/message.hpp"

#include <charconv>
#include <cstring>

namespace assay::data::hl7 {
namespace {

constexpr char kBlockStart = '\x0B';
constexpr char kBlockEnd = '\x1C';

bool is_batch(std::string_view segment) {
    const std::string_view id = segment.substr(0, 3);
    return id == "FHS" || id == "BHS" || id == "BTS" || id == "FTS";
}

}  // namespace

MessageScanner::MessageScanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    const auto end = text_.find_first_of("\r\n", at_);
    cr_only_ =
        end != std::string_view::npos && text_[end] == '\r' && (end + 1 == text_.size() || text_[end + 1] != '\n');
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
        if (c == '\r' || (c == '\n' && !cr_only_) || c == kBlockEnd || c == kBlockStart) break;
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
    message = {};
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
    for (;;) {
        const void* found = segment.empty() ? nullptr : std::memchr(segment.data(), separator, segment.size());
        if (found == nullptr) break;
        const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - segment.data());
        fields_.push_back(segment.substr(0, size));
        segment.remove_prefix(size + 1);
    }
    fields_.push_back(segment);
}

std::string_view part(std::string_view text, char separator, int number) noexcept {
    if (separator == '\0') return number == 1 ? text : std::string_view{};
    for (; number > 1; --number) {
        const auto end = text.find(separator);
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find(separator));
}

}  // namespace assay::data::hl7
