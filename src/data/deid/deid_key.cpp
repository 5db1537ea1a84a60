#include "assay/data/deid/deid_key.hpp"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"

namespace assay::data {
namespace {

constexpr std::size_t least_bytes = 32;
constexpr std::size_t least_different = 16;  // of 32 random bytes fewer than 21 are different once in 10^9
constexpr const char* make_a_key = "; make one with `openssl rand -hex 32`";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;  // '-' and '_' in the alphabet for URLs
    return c == '/' || c == '_' ? 63 : -1;
}

/// The bytes of digits that hold `bits` each; nothing where one is no digit or spare bits are set.
bool decode_digits(std::string_view text, int bits, int (*value_of)(char), std::string& out) {
    unsigned held = 0;
    int count = 0;
    for (const char c : text) {
        const int value = value_of(c);
        if (value < 0) return false;
        held = (held << bits | static_cast<unsigned>(value)) & 0xFFFFU;
        count += bits;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(held >> count & 0xFFU);
    }
    return count < bits && (held & ((1U << count) - 1U)) == 0;
}

std::string bytes_of_key_text(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());  // never moved, so that no copy stays behind
    if (std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; })) {
        if (decode_digits(text, 4, hex_value, bytes)) return bytes;
    } else {
        while (text.ends_with('=')) text.remove_suffix(1);
        if (decode_digits(text, 6, base64_value, bytes)) return bytes;
    }
    OPENSSL_cleanse(bytes.data(), bytes.size());
    throw AuthError(std::string("key: expected hexadecimal digits or base64, got another text") + make_a_key);
}

std::size_t different_bytes(std::string_view bytes) {
    std::array<bool, 256> seen{};
    for (const char c : bytes) seen[static_cast<unsigned char>(c)] = true;
    return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

Secret key_from(const Secret& text) {
    std::string bytes = bytes_of_key_text(text.reveal());
    const std::size_t size = bytes.size(), different = different_bytes(bytes);
    Secret key(bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    if (size < least_bytes) {
        throw AuthError("key: expected at least 32 bytes, got " + std::to_string(size) + make_a_key);
    }
    if (different < least_different) {
        throw AuthError("key: expected random bytes, got " + std::to_string(different) + " different ones among " +
                        std::to_string(size) + make_a_key);
    }
    return key;
}

std::string shell_word(std::string_view word) {
    std::string out = "'";
    for (const char c : word) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out += '\'';
}

}  // namespace

DeidKey::DeidKey(const Secret& text) : bytes_(key_from(text)) {
    const Sha256Digest digest = hmac_sha256(subkey("key_id").reveal(), "");
    key_id_ = to_hex(std::span(digest).first(8));
}

DeidKey DeidKey::from_env(const std::string& name) { return DeidKey(Secret::from_env(name.c_str())); }

DeidKey DeidKey::from_file(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw assay::detail::io_error("read", path, errno);
    if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        throw AuthError("key: expected a file for its owner alone, got one that others may use: '" + path.string() +
                        "'; chmod 600 it, and make a new key if somebody may have read it");
    }
    return DeidKey(Secret::from_file(path));
}

DeidKey DeidKey::from_command(std::span<const std::string> command) {
    if (command.empty()) throw AuthError("key: expected a program and its arguments, got none");
    std::string line;
    for (const std::string& word : command) line += shell_word(word) + ' ';
    return DeidKey(Secret::from_command(line));
}

Secret DeidKey::subkey(std::string_view label) const {
    Sha256Digest digest = hmac_sha256(bytes_.reveal(), "assay/v1/" + std::string(label) + '\1');
    Secret key({reinterpret_cast<const char*>(digest.data()), digest.size()});
    OPENSSL_cleanse(digest.data(), digest.size());
    return key;
}

}  // namespace assay::data
