#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "assay/base/error.hpp"
#include "data/csv/head.hpp"
#include "data/csv/transcoder.hpp"
#include "data/csv/utf8.hpp"

namespace assay::data {
namespace {

constexpr std::array<std::pair<Encoding, std::string_view>, 6> kEncodingNames{{
    {Encoding::Utf8, "utf-8"},
    {Encoding::Utf16Le, "utf-16le"},
    {Encoding::Utf16Be, "utf-16be"},
    {Encoding::Latin1, "latin-1"},
    {Encoding::Windows1252, "windows-1252"},
    {Encoding::Cp949, "cp949"},
}};

constexpr std::array<std::pair<Encoding, std::string_view>, 15> kAliases{{
    {Encoding::Utf8, "utf8"},
    {Encoding::Utf8, "utf-8-sig"},
    {Encoding::Utf8, "ascii"},
    {Encoding::Utf16Le, "utf-16"},
    {Encoding::Utf16Le, "utf16"},
    {Encoding::Utf16Le, "utf-16-le"},
    {Encoding::Utf16Be, "utf-16-be"},
    {Encoding::Latin1, "latin1"},
    {Encoding::Latin1, "iso-8859-1"},
    {Encoding::Windows1252, "cp1252"},
    {Encoding::Windows1252, "cp-1252"},
    {Encoding::Cp949, "uhc"},
    {Encoding::Cp949, "ms949"},
    {Encoding::Cp949, "euc-kr"},
    {Encoding::Cp949, "euckr"},
}};

}  // namespace

std::string_view name_of(Encoding encoding) noexcept {
    for (const auto& [known, name] : kEncodingNames) {
        if (known == encoding) return name;
    }
    return "unknown";
}

Encoding encoding_from_name(std::string_view name) {
    std::string lower(name);
    for (char& c : lower) c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    std::string known;
    for (const auto& [encoding, text] : kEncodingNames) {
        if (text == lower) return encoding;
        known += (known.empty() ? "" : ", ") + std::string(text);
    }
    for (const auto& [encoding, text] : kAliases) {
        if (text == lower) return encoding;
    }
    throw ValueError("encoding: expected one of " + known + ", got '" + std::string(name) + "'");
}

namespace csv {
namespace {

/// What the bytes above 0x7F of a text look like.
struct HighBytes {
    index lines_with_utf8 = 0;
    index lines_without = 0;
    bool plausible_windows = true;  ///< none that Windows-1252 leaves open, and none of 0xFE and 0xFF
    index hangul = 0;               ///< pairs in the range of Korean syllables (KS X 1001)
};

HighBytes look_at_high_bytes(std::string_view bytes) {
    HighBytes out;
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        if (end == std::string_view::npos) break;  // a line that may be cut off
        const std::string_view line = bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
        bool high = false;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const auto byte = static_cast<unsigned char>(line[i]);
            if (byte < 0x80) continue;
            high = true;
            constexpr std::string_view open = "\x81\x8d\x8f\x90\x9d\xfe\xff";
            out.plausible_windows = out.plausible_windows && open.find(line[i]) == std::string_view::npos;
            const auto next = i + 1 < line.size() ? static_cast<unsigned char>(line[i + 1]) : 0u;
            if (byte >= 0xb0 && byte <= 0xc8 && next >= 0xa1 && next <= 0xfe) {
                ++out.hangul;
                ++i;
            }
        }
        if (high) ++(is_utf8(line) ? out.lines_with_utf8 : out.lines_without);
    }
    return out;
}

/// UTF-16 without a mark: most characters of a table are ASCII, so that every other byte is zero.
bool zeros_alternate(std::string_view bytes, std::size_t first) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), 4096) / 2 * 2;
    if (size < 4) return false;
    std::size_t zeros = 0;
    std::size_t others = 0;
    for (std::size_t i = 0; i < size; ++i) {
        if (bytes[i] == '\0') ++(i % 2 == first ? zeros : others);
    }
    return zeros * 10 > size / 2 * 7 && others == 0;
}

}  // namespace

Encoding detect_encoding(std::string_view bytes, std::vector<std::string>& remarks) {
    if (bytes.substr(0, 3) == "\xef\xbb\xbf") return Encoding::Utf8;
    if (bytes.substr(0, 2) == "\xff\xfe") return Encoding::Utf16Le;
    if (bytes.substr(0, 2) == "\xfe\xff") return Encoding::Utf16Be;
    for (const auto encoding : {Encoding::Utf16Le, Encoding::Utf16Be}) {
        if (!zeros_alternate(bytes, encoding == Encoding::Utf16Le ? 1 : 0)) continue;
        remarks.push_back("every other byte is zero: read as " + std::string(name_of(encoding)));
        return encoding;
    }
    const HighBytes high = look_at_high_bytes(bytes);
    if (high.lines_without == 0) return Encoding::Utf8;
    // A few bad bytes in a UTF-8 file are bad rows, not another encoding.
    if (high.lines_with_utf8 == 0 && high.hangul >= 4 && decodes(bytes, Encoding::Cp949)) {
        remarks.push_back("not UTF-8, read as cp949 (Korean); pass the encoding if it is another");
        return Encoding::Cp949;
    }
    if (high.lines_with_utf8 == 0 && high.lines_without >= 3 && high.plausible_windows) {
        remarks.push_back("not UTF-8, read as windows-1252; pass the encoding if it is another");
        return Encoding::Windows1252;
    }
    remarks.push_back(std::to_string(high.lines_without) +
                      " of the first lines are not UTF-8 and go to the quarantine; pass the encoding if it is another");
    return Encoding::Utf8;
}

}  // namespace csv
}  // namespace assay::data
