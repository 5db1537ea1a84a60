#include "assay/base/aead.hpp"

#include "assay/base/detail/aes_gcm.hpp"
#include "assay/base/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <limits>
#include <memory>

namespace assay {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t overhead = detail::gcm_nonce_size + detail::gcm_tag_size;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void expect_success(int result) {
    if (result != 1) throw Error("AES-256-GCM: OpenSSL refused; check its installation and FIPS settings");
}

void expect_key(const Secret& key) {
    if (key.reveal().size() != key_size) {
        throw ValueError("AES-256-GCM: expected a key of 32 bytes, got " + std::to_string(key.reveal().size()));
    }
}

/// OpenSSL counts bytes in int.
int int_size(std::string_view text, const char* what) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw ValueError(std::string("AES-256-GCM: expected ") + what + " below 2 GiB, got " +
                         std::to_string(text.size()) + " bytes; split it");
    }
    return static_cast<int>(text.size());
}

Cipher start(const Secret& key, std::string_view nonce, std::string_view associated, int encrypt) {
    expect_key(key);
    Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    expect_success(cipher != nullptr);
    expect_success(
        EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.reveal()), bytes_of(nonce), encrypt));
    int written = 0;
    const int size = int_size(associated, "associated data");
    if (size > 0) expect_success(EVP_CipherUpdate(cipher.get(), nullptr, &written, bytes_of(associated), size));
    return cipher;
}

}  // namespace

std::string detail::aes_256_gcm_seal(const Secret& key, std::string_view nonce, std::string_view plaintext,
                                     std::string_view associated) {
    if (nonce.size() != gcm_nonce_size) {
        throw ValueError("AES-256-GCM: expected a nonce of 12 bytes, got " + std::to_string(nonce.size()));
    }
    const int size = int_size(plaintext, "a plaintext");
    const Cipher cipher = start(key, nonce, associated, 1);
    std::string out(plaintext.size() + gcm_tag_size, '\0');
    unsigned char* tag = bytes_of(out) + plaintext.size();
    int written = 0;
    if (size > 0) expect_success(EVP_CipherUpdate(cipher.get(), bytes_of(out), &written, bytes_of(plaintext), size));
    expect_success(EVP_CipherFinal_ex(cipher.get(), tag, &written));
    expect_success(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, gcm_tag_size, tag));
    return out;
}

Secret generate_key() {
    std::array<char, key_size> key{};
    if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1) {
        throw Error("generate_key: the system gave no random bytes; check that /dev/urandom can be read");
    }
    Secret secret(std::string_view(key.data(), key.size()));
    OPENSSL_cleanse(key.data(), key.size());
    return secret;
}

std::string seal(const Secret& key, std::string_view plaintext, std::string_view associated) {
    std::string sealed(detail::gcm_nonce_size, '\0');
    if (RAND_bytes(bytes_of(sealed), detail::gcm_nonce_size) != 1) {
        throw Error("seal: the system gave no random bytes; check that /dev/urandom can be read");
    }
    return sealed + detail::aes_256_gcm_seal(key, sealed, plaintext, associated);
}

std::string unseal(const Secret& key, std::string_view sealed, std::string_view associated) {
    expect_key(key);
    if (sealed.size() < overhead) {
        throw AuthError("unseal: expected at least " + std::to_string(overhead) + " bytes, got " +
                        std::to_string(sealed.size()) + "; the sealed bytes are cut");
    }
    const std::string_view nonce = sealed.substr(0, detail::gcm_nonce_size);
    const std::string_view ciphertext = sealed.substr(detail::gcm_nonce_size, sealed.size() - overhead);
    std::string tag(sealed.substr(sealed.size() - detail::gcm_tag_size));
    const int size = int_size(ciphertext, "a ciphertext");
    const Cipher cipher = start(key, nonce, associated, 0);
    std::string plaintext(ciphertext.size(), '\0');
    int written = 0;
    if (size > 0) {
        expect_success(EVP_CipherUpdate(cipher.get(), bytes_of(plaintext), &written, bytes_of(ciphertext), size));
    }
    expect_success(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, detail::gcm_tag_size, tag.data()));
    std::array<unsigned char, 16> rest{};
    if (EVP_CipherFinal_ex(cipher.get(), rest.data(), &written) != 1) {
        OPENSSL_cleanse(plaintext.data(), plaintext.size());
        throw AuthError(
            "unseal: the bytes are not what was sealed with this key and associated data; check the key, "
            "then whether the bytes were changed");
    }
    return plaintext;
}

}  // namespace assay
