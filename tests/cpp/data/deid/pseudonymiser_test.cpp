#include "assay/data/deid/pseudonymiser.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "base/temporary_folder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

// Made up: 32 bytes, 0x00 to 0x1f.
constexpr const char* test_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

DeidKey key_of(const char* text) { return DeidKey(Secret(text)); }

std::string refusal(const std::string& text) {
    try {
        DeidKey(Secret(text)).key_id();
        return {};
    } catch (const AuthError& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("deid key: hexadecimal and base64 give the same key", "[deid]") {
    const DeidKey key = key_of(test_key);
    CHECK(key.key_id() == key_of("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").key_id());
    CHECK(key.key_id() == key_of("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").key_id());
    CHECK(key.key_id().size() == 16);
    CHECK(key.subkey("a") == key.subkey("a"));
    CHECK_FALSE(key.subkey("a") == key.subkey("b"));
    CHECK(key.subkey("a").reveal().size() == 32);
}

TEST_CASE("deid key: what is no key is refused without being quoted", "[deid]") {
    const std::string half(test_key, 62), odd(test_key, 63);
    CHECK(refusal(half).find("at least 32 bytes, got 31") != std::string::npos);
    CHECK(refusal(std::string(64, '0')).find("random bytes, got 1 different") != std::string::npos);
    for (const std::string& text : {odd, std::string("correct horse battery staple"), std::string(" ")}) {
        CHECK(refusal(text).find("expected hexadecimal digits or base64") != std::string::npos);
        CHECK(refusal(text).find(text) == (text == " " ? refusal(text).find(' ') : std::string::npos));
    }
}

TEST_CASE("deid key: from environment, file and command", "[deid]") {
    const std::string id = key_of(test_key).key_id();
    ::setenv("ASSAY_TEST_DEID_KEY", test_key, 1);
    CHECK(DeidKey::from_env("ASSAY_TEST_DEID_KEY").key_id() == id);
    ::unsetenv("ASSAY_TEST_DEID_KEY");
    CHECK_THROWS_AS(DeidKey::from_env("ASSAY_TEST_DEID_KEY"), AuthError);

    const TemporaryFolder folder;
    const auto path = folder / "a key's file";
    std::ofstream(path) << test_key << '\n';
    ::chmod(path.c_str(), 0600);
    CHECK(DeidKey::from_file(path).key_id() == id);
    ::chmod(path.c_str(), 0640);
    CHECK(DeidKey::from_file(path).key_id() == id);
    for (const mode_t mode : {0604U, 0602U, 0620U}) {
        ::chmod(path.c_str(), mode);
        CHECK_THROWS_AS(DeidKey::from_file(path), AuthError);
    }
    CHECK_THROWS_AS(DeidKey::from_file(folder / "none"), IoError);

    const std::vector<std::string> cat{"cat", path.string()};  // no shell: the quote in the name is harmless
    CHECK(DeidKey::from_command(cat).key_id() == id);
    const std::vector<std::string> fails{"false"}, nothing;
    CHECK_THROWS_AS(DeidKey::from_command(fails), AuthError);
    CHECK_THROWS_AS(DeidKey::from_command(nothing), AuthError);
}

TEST_CASE("tokens: known values", "[deid]") {
    // Recomputed with Python's hmac and base64 from the key above.
    const Pseudonymiser patients(key_of(test_key), "patient_id");
    CHECK(patients.token("M00001") == "soo2rzy3hijkh4dbdodwafzgmy");
    CHECK(patients.token("M00001") != Pseudonymiser(key_of(test_key), "specimen_id").token("M00001"));
    CHECK(patients.token("M00001") != patients.token("M00002"));
    CHECK(patients.token("m00001") != patients.token("M00001"));
    CHECK(Pseudonymiser(key_of(test_key), "patient_id", true).token("m00001") == patients.token("M00001"));
    CHECK_THROWS_AS(Pseudonymiser(key_of(test_key), ""), ValueError);
}

TEST_CASE("tokens: one identifier however it is typed", "[deid]") {
    const Pseudonymiser patients(key_of(test_key), "patient_id");
    const auto token = patients.token("M00001");
    for (const char* same : {" M00001", "M00001\r\n", "\uFF2D\uFF10\uFF10\uFF10\uFF10\uFF11", "M\u200B00001",
                             "\uFEFFM00001", "\u3000M00001\u00A0", "\u2028\u1680 M00001 \u0085"})
        CHECK(patients.token(same) == token);
    CHECK(patients.token("A\u030A1") ==
          patients.token("\u00C51"));  // a letter with a ring, in two code points and in one
    CHECK(patients.token("A\u200B\u030A1") == patients.token("\u00C51"));
    CHECK(patients.token("M-00001") != token);
    CHECK(patients.token("M 00001") != token);
    CHECK(normalise_identifier(" 007 ") == "007");
    for (const char* blank : {"", "  ", "\u200B\u00A0"}) CHECK_FALSE(patients.token(blank).has_value());
    CHECK_THROWS_AS(patients.token("M\xff"), ValueError);
}

TEST_CASE("tokens: a column, with nulls, slices and any number of threads", "[deid]") {
    const Pseudonymiser patients(key_of(test_key), "patient_id");
    std::vector<std::optional<std::string>> ids;
    for (int i = 0; i < 20'000; ++i) {
        if (i % 7 == 3) {
            ids.emplace_back(std::nullopt);
        } else {
            ids.emplace_back(i % 11 == 5 ? std::string(" ") : "P" + std::to_string(i));
        }
    }
    const Array tokens = patients.tokens(Array::of(ids));
    REQUIRE(tokens.size() == 20'000);
    for (assay::index i = 0; i < tokens.size(); ++i) {
        const auto& id = ids[static_cast<std::size_t>(i)];
        const auto expected = id ? patients.token(*id) : std::nullopt;
        if (tokens.get<std::string>(i) != expected) FAIL("row " << i);
    }
    CHECK(patients.tokens(Array::of(ids).slice(4, 9000)).equals(tokens.slice(4, 9000)));
    const int threads = num_threads();
    set_num_threads(1);
    CHECK(patients.tokens(Array::of(ids)).equals(tokens));
    set_num_threads(threads);

    const std::vector<std::int64_t> numbers{17, -4};
    CHECK(patients.tokens(Array::of<std::int64_t>(numbers)).text(0) == *patients.token("17"));
    CHECK(patients.tokens(Array::nulls(Type::Utf8, 3)).null_count() == 3);
    CHECK(patients.tokens(Array::nulls(Type::Utf8, 0)).size() == 0);
    CHECK_THROWS_AS(patients.tokens(Array::nulls(Type::Float64, 1)), SchemaError);
}

TEST_CASE("tokens: bytes that are not UTF-8 name their row and not themselves", "[deid]") {
    const Pseudonymiser patients(key_of(test_key), "patient_id");
    const std::vector<std::string> ids{"P1", "P\xe9ter"};
    CHECK_THROWS_WITH(patients.tokens(Array::of_text(ids)), Catch::Contains("row 1") && !Catch::Contains("ter;"));
}
