#pragma once

#include <optional>
#include <string_view>

#include "assay/data/laboratory/result_time.hpp"
#include "data/hl7/texts.hpp"

namespace assay::data::hl7 {

/// What a message says of itself.
struct Header {
    Separators separators;
    CharacterSet characters = CharacterSet::Undeclared;
    std::optional<Timestamp> said_at;  ///< MSH-7
    std::string_view control_id;       ///< MSH-10
    std::string_view application;      ///< MSH-3
    std::string_view facility;         ///< MSH-4
    std::string_view type;             ///< MSH-9.1
};

/// Reads MSH and checks the form of all segments.
/// @return the rule that the message breaks, or empty
std::string_view read_header(const Message& message, index max_bytes, const TimeReading& times, Header& header);

}  // namespace assay::data::hl7
