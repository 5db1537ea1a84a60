#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "data/csv/byte_source.hpp"

// Bytes that an encoding does not know become three bytes that UTF-8 does not know: 0xFF, then the two halves of the
// byte on top of 0x80. A row that holds them fails row.encoding and can be turned back into its original bytes; a
// delimiter or line end is never made up.
namespace assay::data::csv {

/// The source's text as UTF-8 without a byte order mark. @throws IoError where the system lacks the encoding.
std::unique_ptr<ByteSource> to_utf8(std::unique_ptr<ByteSource> source, Encoding encoding, const std::string& name);

/// The bytes that `text` was decoded from.
std::string encode(std::string_view text, Encoding encoding);

/// Whether all of `bytes` is text in that encoding; a character cut off at the end is not held against it.
bool decodes(std::string_view bytes, Encoding encoding);

}  // namespace assay::data::csv
