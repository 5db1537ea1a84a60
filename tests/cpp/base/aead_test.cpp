#include "assay/base/aead.hpp"

#include "assay/base/detail/aes_gcm.hpp"
#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"

#include "catch.hpp"

#include <set>
#include <string>

using namespace assay;

namespace {

std::string from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::string hex_of(std::string_view bytes) {
    return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

struct Vector {
    const char* key;
    const char* nonce;
    const char* plaintext;
    const char* associated;
    const char* sealed;
};

// Source: McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test cases 13 to 16.
const Vector vectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "00000000000000000000000000000000", "", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

}  // namespace

TEST_CASE("AES-256-GCM gives the published test cases, both ways") {
    for (const Vector& v : vectors) {
        const Secret key(from_hex(v.key));
        const auto sealed =
            detail::aes_256_gcm_seal(key, from_hex(v.nonce), from_hex(v.plaintext), from_hex(v.associated));
        CHECK(hex_of(sealed) == v.sealed);
        CHECK(hex_of(unseal(key, from_hex(v.nonce) + from_hex(v.sealed), from_hex(v.associated))) == v.plaintext);
    }
}

TEST_CASE("what is sealed comes back, and its size is known") {
    const Secret key = generate_key();
    CHECK(key.reveal().size() == 32);
    for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 100'000u}) {
        const std::string text(size, 'p');
        const std::string sealed = seal(key, text, "table");
        CHECK(sealed.size() == size + 28);
        CHECK(unseal(key, sealed, "table") == text);
        CHECK((size < 15 || sealed.find(text) == std::string::npos));
    }
}

TEST_CASE("nonces and keys do not repeat") {
    const Secret key = generate_key();
    std::set<std::string> nonces;
    for (int i = 0; i < 1000; ++i) nonces.insert(seal(key, "").substr(0, 12));
    CHECK(nonces.size() == 1000);
    CHECK_FALSE(generate_key() == generate_key());
}

TEST_CASE("every changed bit, a cut, another key and other associated data fail") {
    const Secret key = generate_key();
    const std::string sealed = seal(key, "made-up text", "row 1");
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        std::string changed = sealed;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        CHECK_THROWS_AS(unseal(key, changed, "row 1"), AuthError);
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        CHECK_THROWS_AS(unseal(key, sealed.substr(0, size), "row 1"), AuthError);
    }
    CHECK_THROWS_AS(unseal(key, sealed, "row 2"), AuthError);
    CHECK_THROWS_AS(unseal(key, sealed), AuthError);
    CHECK_THROWS_AS(unseal(generate_key(), sealed, "row 1"), AuthError);
}

TEST_CASE("keys and nonces of another size are rejected") {
    CHECK_THROWS_WITH(seal(Secret("short"), "x"), "AES-256-GCM: expected a key of 32 bytes, got 5");
    CHECK_THROWS_AS(unseal(Secret(std::string(31, 'k')), std::string(40, 'x')), ValueError);
    CHECK_THROWS_AS(detail::aes_256_gcm_seal(generate_key(), "short", "x", ""), ValueError);
}
