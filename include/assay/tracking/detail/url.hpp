#pragma once

#include <string>
#include <string_view>

namespace assay::tracking::detail {

/// Percent-encoding of one value; '/' is kept where `keep_slash`.
std::string encode_url(std::string_view text, bool keep_slash = false);

/// The text that percent-encoding stands for; a '%' that begins no escape stays.
std::string decode_url(std::string_view text);

}  // namespace assay::tracking::detail
