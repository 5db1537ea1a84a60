#pragma once

#include "assay/base/export.hpp"
#include "assay/base/secret.hpp"

#include <string>
#include <string_view>

namespace assay::detail {

inline constexpr int gcm_nonce_size = 12;
inline constexpr int gcm_tag_size = 16;

/// Ciphertext and tag under a given nonce, which must never be used twice with one key; for test vectors.
ASSAY_EXPORT std::string aes_256_gcm_seal(const Secret& key, std::string_view nonce, std::string_view plaintext,
                                          std::string_view associated);

}  // namespace assay::detail
