#include "assay/tracking/names.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/process.hpp"

namespace assay::tracking {
namespace {

/// Letters and digits of any script, as Python's \w. Where the system has no C.UTF-8, the server decides.
bool is_word(char32_t c) noexcept {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return utf8 == nullptr || ::iswalnum_l(static_cast<wint_t>(c), utf8) != 0;
}

/// The next code point, or 0xFFFFFFFF where the bytes are not UTF-8. `at` moves on.
char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
    constexpr char32_t bad = 0xFFFFFFFF;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    const int more = lead < 0x80 ? 0 : lead < 0xC2 ? -1 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : -1;
    if (more < 0 || at + static_cast<std::size_t>(more) >= text.size()) return bad;
    static constexpr std::array<unsigned char, 4> lead_bits{0x7F, 0x1F, 0x0F, 0x07};
    static constexpr std::array<char32_t, 4> smallest{0, 0x80, 0x800, 0x10000};
    char32_t c = lead & lead_bits[static_cast<std::size_t>(more)];
    for (int i = 1; i <= more; ++i) {
        const unsigned char b = byte(at + static_cast<std::size_t>(i));
        if ((b & 0xC0) != 0x80) return bad;
        c = (c << 6) | (b & 0x3F);
    }
    if (c < smallest[static_cast<std::size_t>(more)] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return bad;
    at += static_cast<std::size_t>(more) + 1;
    return c;
}

/// Number of characters, or -1 where the text is not UTF-8.
index count_characters(std::string_view text) noexcept {
    index count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        if (next_code_point(text, at) == 0xFFFFFFFF) return -1;
    }
    return count;
}

bool is_key_byte(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/' || c == ' ' || c == ':';
}

bool is_normalised(std::string_view path) {
    if (path.front() == '/' || path.back() == '/' || path == "." || path.substr(0, 2) == "..") return false;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto part = path.substr(begin, end - begin);
        if (part.empty() || part == "." || part == "..") return false;
        begin = end + 1;
    }
    return true;
}

void check_value(std::string_view what, std::string_view key, std::string_view value, index most,
                 std::string_view remedy) {
    if (static_cast<index>(value.size()) <= most / 4) {
        if (count_characters(value) >= 0) return;
    }
    const index length = count_characters(value);
    if (length < 0) throw ValueError(std::string(what) + " '" + std::string(key) + "': expected UTF-8 text");
    if (length > most) {
        throw ValueError(std::string(what) + " '" + std::string(key) + "': expected at most " + std::to_string(most) +
                         " characters, got " + std::to_string(length) + "; " + std::string(remedy));
    }
}

}  // namespace

void check_key(std::string_view key, std::string_view what) {
    if (key.empty()) throw ValueError(std::string(what) + " name: expected a name, got an empty text");
    bool plain = true;
    bool slash_or_dot = false;
    for (const char c : key) {
        plain = plain && is_key_byte(c);
        slash_or_dot = slash_or_dot || c == '/' || c == '.';
    }
    index length = static_cast<index>(key.size());
    if (!plain) {
        length = 0;
        for (std::size_t at = 0; at < key.size(); ++length) {
            const char byte = key[at];
            const char32_t c = next_code_point(key, at);
            if (c == 0xFFFFFFFF) throw ValueError(std::string(what) + " name: expected UTF-8 text");
            if (c < 0x80 ? !is_key_byte(byte) : !is_word(c)) {
                throw ValueError(std::string(what) + " name '" + std::string(key) +
                                 "': expected letters, digits, '_', '-', '.', ':', '/' and blanks only");
            }
        }
    }
    if (length > max_key_length) {
        throw ValueError(std::string(what) + " name '" + std::string(key.substr(0, 40)) + "…': expected at most " +
                         std::to_string(max_key_length) + " characters, got " + std::to_string(length));
    }
    if (slash_or_dot && !is_normalised(key)) {
        throw ValueError(std::string(what) + " name '" + std::string(key) +
                         "': expected no leading or trailing '/', no '//', no '.' or '..' as a part");
    }
}

void check_param_value(std::string_view key, std::string_view value) {
    check_value("parameter", key, value, max_param_length, "use log_text for long values");
}

void check_tag_value(std::string_view key, std::string_view value) {
    check_value("tag", key, value, max_tag_length, "use log_text for long values");
}

void check_experiment_name(std::string_view name) {
    if (name.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        throw ValueError("experiment name: expected a name, got an empty text");
    }
    const index length = count_characters(name);
    if (length < 0) throw ValueError("experiment name: expected UTF-8 text");
    if (length > max_experiment_name_length) {
        throw ValueError("experiment name: expected at most " + std::to_string(max_experiment_name_length) +
                         " characters, got " + std::to_string(length));
    }
}

void check_dataset(const DatasetInput& dataset) {
    if (dataset.name.empty()) throw ValueError("dataset name: expected a name, got an empty text");
    if (dataset.digest.empty()) throw ValueError("dataset digest: expected 1 to 36 characters, got an empty text");
    check_value("dataset", "name", dataset.name, 500, "shorten it");
    check_value("dataset", "digest", dataset.digest, 36, "use a shorter hash");
    check_value("dataset", "source_type", dataset.source_type, 500, "shorten it");
    check_value("dataset", "source", dataset.source, 65'535, "name the source instead of enclosing it");
    check_value("dataset", "schema", dataset.schema, 1'048'575, "log the schema as an artifact");
    check_value("dataset", "profile", dataset.profile, 16'777'215, "log the profile as an artifact");
}

void check_artifact_path(std::string_view path, bool allow_root) {
    if (path.empty() && allow_root) return;
    const bool readable = !path.empty() && count_characters(path) >= 0;
    const bool clean =
        readable && is_normalised(path) && path.find_first_of(std::string_view("\\\0#?%", 5)) == std::string_view::npos;
    if (!clean) {
        throw ValueError("artifact path '" + (readable ? std::string(path) : std::string()) +
                         "': expected a relative path such as soap_notes/note.txt, without '..', '//', '\\', '#', '?' "
                         "or '%'");
    }
}

void check_run_id(std::string_view id) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (id.size() == 32 && std::all_of(id.begin(), id.end(), is_digit)) return;
    throw ValueError("run id: expected 32 hexadecimal digits in lower case, as run.info.run_id gives them");
}

std::string generate_run_name() {
    static constexpr std::array adjectives{"amber",  "bold",  "brisk",  "calm",  "clear",  "deft",  "eager",  "fair",
                                           "gentle", "keen",  "lively", "lucid", "merry",  "mild",  "nimble", "patient",
                                           "quick",  "quiet", "sound",  "spry",  "steady", "swift", "tidy",   "warm"};
    static constexpr std::array nouns{"badger", "beech",  "crane", "falcon", "fern",  "finch", "hare",   "hazel",
                                      "heron",  "ibex",   "larch", "lark",   "lynx",  "maple", "marten", "otter",
                                      "owl",    "plover", "robin", "rowan",  "stoat", "swan",  "tern",   "willow"};
    const auto random = detail::random_id();
    return std::string(adjectives[random[0] % adjectives.size()]) + "-" + nouns[random[1] % nouns.size()] + "-" +
           std::to_string((random[2] << 8 | random[3]) % 1000);
}

}  // namespace assay::tracking
