#include "assay/data/deid/sealed_file.hpp"

#include <fstream>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "base/temporary_folder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

const DeidKey& seal_key() {
    static const DeidKey key(Secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));  // made up
    return key;
}

bool opens(std::string_view sealed, std::string_view purpose = "vault") {
    try {
        unseal_content(seal_key(), purpose, sealed);
        return true;
    } catch (const AuthError&) {
        return false;
    }
}

constexpr std::size_t sealed_chunk = (1U << 20) + 28;

}  // namespace

TEST_CASE("sealed content comes back, of any length around a chunk", "[deid]") {
    for (const std::size_t size : {0UL, 1UL, (1UL << 20) - 1, 1UL << 20, (1UL << 20) + 1, (3UL << 20)}) {
        std::string content(size, 'x');
        if (size > 0) content.back() = '\0';
        const std::string sealed = seal_content(seal_key(), "vault", content);
        CHECK(unseal_content(seal_key(), "vault", sealed) == content);
        CHECK(sealed != seal_content(seal_key(), "vault", content));
    }
}

TEST_CASE("sealed content of the first release is still read", "[deid]") {
    const std::string hex =
        "4153534159534631dd9a9a43565b71ccb3a79c87a2b1c0bafaace66b7d96849e53263236ed3550aa5f55fa8e08bc4a31a04c1853230011"
        "c8"
        "589b10a2778bd8c98d0048";
    std::string sealed;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        sealed += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    CHECK(unseal_content(seal_key(), "vault", sealed) == "made up");
}

TEST_CASE("sealed content: every bit counts", "[deid]") {
    const std::string sealed = seal_content(seal_key(), "vault", "M00001 is Rose Sample");  // made up
    CHECK(sealed.find("Rose") == std::string::npos);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string other = sealed;
            other[i] = static_cast<char>(other[i] ^ (1 << bit));
            if (opens(other)) FAIL("bit " << bit << " of byte " << i);
        }
        if (opens(sealed.substr(0, i))) FAIL("cut at " << i);
    }
    CHECK_FALSE(opens(sealed + '\0'));
    CHECK_FALSE(opens(sealed, "quarantine"));
    CHECK(opens(sealed));
}

TEST_CASE("sealed content: chunks cannot be moved, doubled, left out or cut off", "[deid]") {
    const std::string sealed = seal_content(seal_key(), "vault", std::string(3UL << 20, 'x'));
    const std::string head = sealed.substr(0, 32);
    const std::string a = sealed.substr(32, sealed_chunk), b = sealed.substr(32 + sealed_chunk, sealed_chunk),
                      c = sealed.substr(32 + 2 * sealed_chunk);
    CHECK(opens(head + a + b + c));
    for (const auto& other : {head + a + b, head + a, head, head + b + a + c, head + a + c, head + a + a + b + c,
                              head + b + c, head + a + b + c + c})
        CHECK_FALSE(opens(other));
    const std::string second = seal_content(seal_key(), "vault", std::string(3UL << 20, 'y'));
    CHECK_FALSE(opens(head + a + second.substr(32 + sealed_chunk)));
}

TEST_CASE("sealed files: another key is named, the file is its owner's", "[deid]") {
    const TemporaryFolder folder;
    const DeidKey other(Secret("ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
    write_sealed(folder / "v", seal_key(), "vault", "content");
    CHECK(read_sealed(folder / "v", seal_key(), "vault") == "content");
    CHECK(sealed_with(folder / "v") == seal_key().key_id());
    CHECK((std::filesystem::status(folder / "v").permissions() & std::filesystem::perms(077)) ==
          std::filesystem::perms::none);
    CHECK_THROWS_WITH(read_sealed(folder / "v", other, "vault"),
                      Catch::Contains(other.key_id()) && Catch::Contains(seal_key().key_id()));
    CHECK_THROWS_AS(read_sealed(folder / "none", other, "vault"), IoError);
    std::ofstream(folder / "text") << "no sealed file";
    CHECK_FALSE(sealed_with(folder / "text").has_value());
    CHECK_THROWS_AS(read_sealed(folder / "text", seal_key(), "vault"), AuthError);
}
