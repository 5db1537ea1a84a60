#pragma once

#include <string>
#include <string_view>

// Bytes in text columns: as they are where they are UTF-8, otherwise \x and two hexadecimal digits a byte, as
// PostgreSQL writes bytea.
namespace assay::data::csv {

std::string binary_to_text(std::string_view bytes);

/// Turns the hexadecimal form into bytes in place and returns their number; other text stays.
std::size_t text_to_binary(char* text, std::size_t size) noexcept;

}  // namespace assay::data::csv
