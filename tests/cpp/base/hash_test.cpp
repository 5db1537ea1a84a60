#include "assay/base/hash.hpp"

#include "assay/base/crc32c.hpp"
#include "assay/base/detail/crc32c_kernels.hpp"
#include "assay/base/random.hpp"

#include "catch.hpp"

#include <string>
#include <utility>

using namespace assay;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4's examples") {
    CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 in pieces is SHA-256 of the whole, and starts anew") {
    const std::string text(1000, 'q');
    Sha256 hash;
    for (std::size_t i = 0; i < text.size(); i += 37) hash.update(std::string_view(text).substr(i, 37));
    CHECK(hash.finish() == sha256(text));
    Sha256 moved(std::move(hash));
    moved.update("abc");
    CHECK(moved.finish() == sha256("abc"));
}

TEST_CASE("HMAC-SHA-256 gives the values of RFC 4231") {
    CHECK(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(to_hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))) ==
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    CHECK(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("one keyed object serves many messages, an empty key and message are allowed") {
    HmacSha256 jefe("Jefe");
    const auto first = jefe.digest("what do ya want for nothing?");
    CHECK(jefe.digest("another") != first);
    HmacSha256 moved(std::move(jefe));
    CHECK(moved.digest("what do ya want for nothing?") == first);
    CHECK(to_hex(hmac_sha256("", "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("HMAC-SHA-256 is what RFC 2104 defines, around the ends of blocks") {
    const auto text = [](const Sha256Digest& digest) { return std::string(digest.begin(), digest.end()); };
    for (const std::size_t key_size : {0, 1, 32, 63, 64, 65, 131}) {
        const std::string key(key_size, 'k');
        std::string block = key_size > 64 ? text(sha256(key)) : key;
        block.resize(64, '\0');
        std::string inner = block;
        std::string outer = block;
        for (char& c : inner) c = static_cast<char>(c ^ 0x36);
        for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
        HmacSha256 hmac(key);
        for (std::size_t size = 0; size <= 130; ++size) {
            const std::string message(size, 'm');
            CHECK(hmac.digest(message) == sha256(outer + text(sha256(inner + message))));
        }
    }
}

TEST_CASE("to_hex writes two lower-case digits a byte") {
    const std::uint8_t bytes[] = {0x00, 0x0f, 0xa0, 0xff};
    CHECK(to_hex(bytes) == "000fa0ff");
    CHECK(to_hex({}).empty());
}

TEST_CASE("to_base64 gives the values of RFC 4648") {
    const auto encoded = [](std::string_view text) {
        return to_base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    };
    CHECK(encoded("").empty());
    CHECK(encoded("f") == "Zg==");
    CHECK(encoded("fo") == "Zm8=");
    CHECK(encoded("foo") == "Zm9v");
    CHECK(encoded("foobar") == "Zm9vYmFy");
    CHECK(encoded(std::string_view("\0\xFF\xFE", 3)) == "AP/+");
    CHECK(encoded(std::string(600, 'a')).size() == 800);
}

TEST_CASE("CRC-32C gives RFC 3720's values, by every kernel") {
    std::string up(32, '\0');
    for (int i = 0; i < 32; ++i) up[static_cast<std::size_t>(i)] = static_cast<char>(i);
    const std::string down(up.rbegin(), up.rend());
    const unsigned char command[48] = {0x01, 0xc0, 0, 0, 0, 0, 0,    0, 0,    0, 0, 0,    0, 0, 0, 0,
                                       0x14, 0,    0, 0, 0, 0, 0x04, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
                                       0x28, 0,    0, 0, 0, 0, 0,    0, 0x02, 0, 0, 0,    0, 0, 0, 0};
    const auto check = [&](auto kernel) {
        CHECK(kernel("", 0u) == 0);
        CHECK(kernel("123456789", 0u) == 0xE3069283);
        CHECK(kernel(std::string(32, '\0'), 0u) == 0x8A9136AA);
        CHECK(kernel(std::string(32, '\xff'), 0u) == 0x62A8AB43);
        CHECK(kernel(up, 0u) == 0x46DD794E);
        CHECK(kernel(down, 0u) == 0x113FDB5C);
        CHECK(kernel(std::string(reinterpret_cast<const char*>(command), 48), 0u) == 0xD9963A56);
    };
    check([](std::string_view bytes, std::uint32_t previous) { return crc32c(bytes, previous); });
    check([](std::string_view bytes, std::uint32_t previous) { return detail::crc32c_software(bytes, previous); });
    if (detail::has_crc32c_hardware()) {
        check([](std::string_view bytes, std::uint32_t previous) { return detail::crc32c_hardware(bytes, previous); });
    } else {
        WARN("this processor has no crc32 instruction; only the software kernel was tested");
    }
}

TEST_CASE("CRC-32C's kernels agree on every length and alignment, and checksums continue") {
    std::string bytes(300, '\0');
    Rng rng(4);
    for (char& byte : bytes) byte = static_cast<char>(rng.integer(0, 255));
    for (std::size_t begin = 0; begin < 9; ++begin) {
        for (std::size_t size = 0; begin + size <= bytes.size(); size += 7) {
            const auto part = std::string_view(bytes).substr(begin, size);
            const auto rest = std::string_view(bytes).substr(begin + size);
            const auto whole = detail::crc32c_software(std::string_view(bytes).substr(begin), 0);
            if (crc32c(part) != detail::crc32c_software(part, 0)) FAIL(begin << ' ' << size);
            if (crc32c(rest, crc32c(part)) != whole) FAIL(begin << ' ' << size);
        }
    }
}
