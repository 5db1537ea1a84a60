#include "data/csv/binary_text.hpp"

#include "data/csv/utf8.hpp"

namespace assay::data::csv {
namespace {

int digit_of(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string binary_to_text(std::string_view bytes) {
    if (is_utf8(bytes) && bytes.substr(0, 2) != "\\x" && bytes.find('\0') == std::string_view::npos) {
        return std::string(bytes);
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\\x";
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::size_t text_to_binary(char* text, std::size_t size) noexcept {
    if (size < 2 || size % 2 != 0 || text[0] != '\\' || text[1] != 'x') return size;
    for (std::size_t i = 2; i < size; ++i) {
        if (digit_of(text[i]) < 0) return size;
    }
    for (std::size_t i = 2; i < size; i += 2) {
        text[i / 2 - 1] = static_cast<char>(digit_of(text[i]) << 4 | digit_of(text[i + 1]));
    }
    return size / 2 - 1;
}

}  // namespace assay::data::csv
