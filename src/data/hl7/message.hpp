#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "assay/base/index.hpp"

// HL7 v2 as bytes: messages in a file, segments in a message, fields in a segment. Nothing is decoded here.
namespace assay::data::hl7 {

/// A message's own separators; '\0' where it declares none.
struct Separators {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';
    char subcomponent = '&';
};

struct Segment {
    std::string_view bytes;  ///< without its end
    std::int64_t line = 0;   ///< 1-based, from where the scanner began
};

/// What stands between two starts of messages.
struct Message {
    std::vector<Segment> segments;
    std::string_view raw;
    index byte_offset = 0;
    bool framed = false;  ///< in MLLP's block characters
    bool closed = true;   ///< framed and ended
};

/// What a file's batch segments say.
struct BatchCounts {
    index messages = 0;
    index announced = 0;  ///< BTS-1, summed
    bool has_trailer = false;

    void add(const BatchCounts& other) {
        messages += other.messages;
        announced += other.announced;
        has_trailer = has_trailer || other.has_trailer;
    }
};

/// Whether the first segment of a file ends in CR alone.
bool ends_in_cr(std::string_view text) noexcept;

/// Places from which a file can be read as if nothing stood before, at least `step` bytes apart: from 0 to the file's
/// end, with whole messages in between.
std::vector<std::size_t> message_cuts(std::string_view text, bool cr_only, std::size_t step);

/// Cuts a file into messages: MLLP blocks, batches (FHS, BHS) or messages one after the other; segments end in CR, LF
/// or CRLF, and where they end in CR alone a line feed is part of the text.
class MessageScanner {
  public:
    /// @param text        a whole file
    /// @param cr_only     what ends_in_cr says of it
    /// @param begin, end  neighbours of its message_cuts
    MessageScanner(std::string_view text, bool cr_only, std::size_t begin, std::size_t end);

    bool next(Message& message);
    const BatchCounts& batches() const noexcept { return batches_; }
    /// Ends of lines gone by.
    std::int64_t line_ends() const noexcept { return line_ - 1; }

  private:
    bool skip_ends(Message& message);
    std::string_view segment();
    void note_batch(std::string_view segment);

    std::string_view text_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
    bool cr_only_;
    BatchCounts batches_;
};

/// The fields of one segment, by HL7's numbers.
class Fields {
  public:
    void split(std::string_view segment, char separator);
    /// Field `number`, from 1; empty beyond the last. Of MSH field 2 is the first after the separator.
    std::string_view operator[](std::size_t number) const noexcept {
        const std::size_t at = number - offset_;
        return at < fields_.size() ? fields_[at] : std::string_view{};
    }
    std::size_t count() const noexcept { return fields_.empty() ? 0 : fields_.size() - 1 + offset_; }

  private:
    std::vector<std::string_view> fields_;
    std::size_t offset_ = 0;
};

/// Part `number` (from 1) of a text cut at `separator`; the whole text for '\0' and 1.
inline std::string_view part(std::string_view text, char separator, int number) noexcept {
    if (separator == '\0') return number == 1 ? text : std::string_view{};
    // Parts are short: a search by the library costs more than the loop.
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != separator) continue;
        if (--number == 0) return text.substr(begin, at - begin);
        begin = at + 1;
    }
    return number == 1 ? text.substr(begin) : std::string_view{};
}

}  // namespace assay::data::hl7
