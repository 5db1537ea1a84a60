#pragma once

#include "assay/base/export.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace assay {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of bytes that come in pieces. Source: FIPS 180-4.
class ASSAY_EXPORT Sha256 {
  public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();

    void update(std::string_view bytes);
    /// The digest of all bytes so far; the object then starts anew.
    Sha256Digest finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// HMAC-SHA-256 of many messages under one key; the key is prepared once. One object per thread.
/// Source: RFC 2104; RFC 4231 for its vectors.
class ASSAY_EXPORT HmacSha256 {
  public:
    /// @param key  any length; wiped with the object
    explicit HmacSha256(std::string_view key);
    HmacSha256(HmacSha256&&) noexcept;
    HmacSha256& operator=(HmacSha256&&) noexcept;
    ~HmacSha256();

    Sha256Digest digest(std::string_view message);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// SHA-256 of all bytes at once.
ASSAY_EXPORT Sha256Digest sha256(std::string_view bytes);

/// HMAC-SHA-256 of one message.
ASSAY_EXPORT Sha256Digest hmac_sha256(std::string_view key, std::string_view message);

/// Lower-case hexadecimal digits, two for each byte.
ASSAY_EXPORT std::string to_hex(std::span<const std::uint8_t> bytes);

/// Base64 with padding, on one line. Source: RFC 4648, section 4.
ASSAY_EXPORT std::string to_base64(std::span<const std::uint8_t> bytes);

}  // namespace assay
