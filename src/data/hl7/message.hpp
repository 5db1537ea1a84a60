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
    std::int64_t line = 0;   ///< 1-based
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
};

/// Cuts a file into messages: MLLP blocks, batches (FHS, BHS) or messages one after the other; segments end in CR, LF
/// or CRLF, and where they end in CR alone a line feed is part of the text.
class MessageScanner {
  public:
    explicit MessageScanner(std::string_view text);

    bool next(Message& message);
    const BatchCounts& batches() const noexcept { return batches_; }

  private:
    bool skip_ends(Message& message);
    std::string_view segment();
    void note_batch(std::string_view segment);

    std::string_view text_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
    bool cr_only_ = false;
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
std::string_view part(std::string_view text, char separator, int number) noexcept;

}  // namespace assay::data::hl7
