#include "assay/base/hash.hpp"

#include "assay/base/error.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <array>
#include <optional>

namespace assay {
namespace {

void expect_success(int result, const char* what) {
    if (result != 1) throw Error(std::string(what) + ": OpenSSL refused; check its installation and FIPS settings");
}

/// Fetched once: a fetch by name costs more than hashing a short text.
const EVP_MD* sha256_method() {
    static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    expect_success(method != nullptr, "sha256");
    return method;
}

EVP_MAC* hmac_method() {
    static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    expect_success(method != nullptr, "hmac_sha256");
    return method;
}

}  // namespace

struct Sha256::Context {
    EVP_MD_CTX* handle = EVP_MD_CTX_new();
    Context() { start(); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MD_CTX_free(handle); }
    void start() { expect_success(EVP_DigestInit_ex2(handle, sha256_method(), nullptr), "sha256"); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
    expect_success(EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()), "sha256");
}

Sha256Digest Sha256::finish() {
    Sha256Digest digest{};
    expect_success(EVP_DigestFinal_ex(context_->handle, digest.data(), nullptr), "sha256");
    context_->start();
    return digest;
}

struct HmacSha256::Context {
    // OpenSSL's own functions of SHA-256 are deprecated in favour of EVP, whose contexts allocate at every copy: for a
    // short text that takes as long as hashing. They know no providers, so that where FIPS is asked for EVP does all.
#if !defined(OPENSSL_NO_DEPRECATED_3_0)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    struct PaddedKey {
        SHA256_CTX inner;
        SHA256_CTX outer;

        explicit PaddedKey(std::string_view key) {
            Sha256Digest short_key = key.size() > SHA256_CBLOCK ? sha256(key) : Sha256Digest{};
            if (key.size() > SHA256_CBLOCK) key = {reinterpret_cast<const char*>(short_key.data()), short_key.size()};
            start(inner, key, 0x36);
            start(outer, key, 0x5c);
            OPENSSL_cleanse(short_key.data(), short_key.size());
        }
        PaddedKey(const PaddedKey&) = delete;
        PaddedKey& operator=(const PaddedKey&) = delete;
        ~PaddedKey() {
            OPENSSL_cleanse(&inner, sizeof inner);
            OPENSSL_cleanse(&outer, sizeof outer);
        }

        Sha256Digest digest(std::string_view message) const {
            Sha256Digest digest{};
            SHA256_CTX state = inner;
            finish(state, message.data(), message.size(), digest);
            state = outer;
            finish(state, digest.data(), digest.size(), digest);
            return digest;
        }

      private:
        static void start(SHA256_CTX& state, std::string_view key, unsigned char pad) {
            std::array<unsigned char, SHA256_CBLOCK> block;
            block.fill(pad);
            for (std::size_t i = 0; i < key.size(); ++i) block[i] ^= static_cast<unsigned char>(key[i]);
            expect_success(SHA256_Init(&state), "hmac_sha256");
            expect_success(SHA256_Update(&state, block.data(), block.size()), "hmac_sha256");
            OPENSSL_cleanse(block.data(), block.size());
        }
        static void finish(SHA256_CTX& state, const void* bytes, std::size_t size, Sha256Digest& digest) {
            expect_success(SHA256_Update(&state, bytes, size), "hmac_sha256");
            expect_success(SHA256_Final(digest.data(), &state), "hmac_sha256");
        }
    };
#pragma GCC diagnostic pop

    static bool has_padded_keys() { return EVP_default_properties_is_fips_enabled(nullptr) != 1; }
#else
    struct PaddedKey {
        explicit PaddedKey(std::string_view) {}
        Sha256Digest digest(std::string_view) const { throw StateError("hmac_sha256: expected EVP to be used"); }
    };

    static bool has_padded_keys() { return false; }
#endif

    std::optional<PaddedKey> padded;
    EVP_MAC_CTX* handle = nullptr;
    explicit Context(std::string_view key) {
        if (has_padded_keys()) {
            padded.emplace(key);
            return;
        }
        handle = EVP_MAC_CTX_new(hmac_method());
        char name[] = "SHA256";
        const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                     OSSL_PARAM_construct_end()};
        // OpenSSL reads a null pointer as "keep the old key", also for an empty key.
        const auto* bytes = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());
        expect_success(EVP_MAC_init(handle, bytes, key.size(), params), "hmac_sha256");
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MAC_CTX_free(handle); }
};

HmacSha256::HmacSha256(std::string_view key) : context_(std::make_unique<Context>(key)) {}
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

Sha256Digest HmacSha256::digest(std::string_view message) {
    if (context_->padded) return context_->padded->digest(message);
    Sha256Digest digest{};
    std::size_t size = 0;
    EVP_MAC_CTX* handle = context_->handle;
    expect_success(EVP_MAC_init(handle, nullptr, 0, nullptr), "hmac_sha256");
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    expect_success(EVP_MAC_update(handle, bytes, message.size()), "hmac_sha256");
    expect_success(EVP_MAC_final(handle, digest.data(), &size, digest.size()), "hmac_sha256");
    return digest;
}

Sha256Digest sha256(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view message) { return HmacSha256(key).digest(message); }

std::string to_hex(std::span<const std::uint8_t> bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string to_base64(std::span<const std::uint8_t> bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace assay
