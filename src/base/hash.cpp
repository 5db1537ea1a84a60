#include "assay/base/hash.hpp"

#include "assay/base/error.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

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
    EVP_MAC_CTX* handle = EVP_MAC_CTX_new(hmac_method());
    explicit Context(std::string_view key) {
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
