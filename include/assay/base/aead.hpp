#pragma once

#include "assay/base/export.hpp"
#include "assay/base/secret.hpp"

#include <string>
#include <string_view>

namespace assay {

// AES-256-GCM (NIST SP 800-38D) by OpenSSL. Sealed bytes are a random nonce of 12, the ciphertext and a tag of 16.
// One key may seal 2^32 messages: past that, random nonces are too likely to meet.

/// A new random key of 32 bytes. @throws Error if the system gives no random bytes.
ASSAY_EXPORT Secret generate_key();

/// Encrypts and authenticates.
/// @param key         32 bytes
/// @param plaintext   up to 2 GiB
/// @param associated  authenticated but not stored: what the bytes belong to, a table's name, say
/// @return            28 bytes more than the plaintext
/// @throws ValueError if the key is not 32 bytes long or the plaintext is too long.
ASSAY_EXPORT std::string seal(const Secret& key, std::string_view plaintext, std::string_view associated = {});

/// Decrypts what `seal` made.
/// @throws ValueError if the key is not 32 bytes long.
/// @throws AuthError if key, associated data or any byte is not what was sealed; nothing is returned then.
ASSAY_EXPORT std::string unseal(const Secret& key, std::string_view sealed, std::string_view associated = {});

}  // namespace assay
