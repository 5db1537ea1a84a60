#include "assay/models/model_file.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "assay/base/crc32c.hpp"
#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/models/forest/forest_codec.hpp"
#include "catch.hpp"
#include "made_up_trees.hpp"

using namespace assay;
using namespace forest_tests;
using models::CompactForest;
using models::ModelFile;

namespace {

CompactForest small_forest() {
    std::mt19937_64 random(2);
    std::vector<GrownTree> trees;
    for (int t = 0; t < 4; ++t) trees.push_back(random_tree(random, 3, 2, 15));
    return CompactForest(trees, 3);
}

std::string message_of(std::string_view bytes) {
    try {
        (void)ModelFile::from_bytes(bytes, "m.assay-model");
    } catch (const IoError& error) {
        return error.what();
    }
    return "";
}

/// A file with checksums that fit, whatever the header.
std::string sealed_by_hand(std::string_view header, std::string_view payload) {
    const std::uint32_t version = 1, length = static_cast<std::uint32_t>(header.size());
    const std::uint64_t rest = payload.size();
    std::string bytes = "ASSAYMDL";
    bytes.append(reinterpret_cast<const char*>(&version), 4).append(reinterpret_cast<const char*>(&length), 4);
    bytes.append(reinterpret_cast<const char*>(&rest), 8);
    const std::uint32_t crc = crc32c(bytes + std::string(header));
    bytes.append(reinterpret_cast<const char*>(&crc), 4).append(header).append(payload);
    const auto digest = sha256(bytes);
    return bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

}  // namespace

TEST_CASE("model file: what was saved comes back, the header alone, too") {
    const auto path = std::filesystem::temp_directory_path() / "assay_model_file_test.assay-model";
    const ModelFile file{R"({"kind": "x", "feature_names": ["a", "b"], "classes": [0, 1]})",
                         std::string("pay\0load", 8)};
    file.save(path);
    const ModelFile back = ModelFile::load(path);
    CHECK(back.header == file.header);
    CHECK(back.payload == file.payload);
    CHECK(ModelFile::load_header(path) == file.header);
    CHECK(back.text("kind") == "x");
    CHECK(back.text("name").empty());
    CHECK(back.texts("feature_names") == std::vector<std::string>{"a", "b"});
    CHECK(back.texts("classes") == std::vector<std::string>{"0", "1"});
    std::filesystem::remove(path);
    CHECK_THROWS_AS(ModelFile::load(path), IoError);
    CHECK_THROWS_AS(ModelFile::load_header(path), IoError);
}

TEST_CASE("model file: every length that is too short and every byte that is changed is refused") {
    const std::string whole = ModelFile{R"({"kind": "forest"})", models::encode_forest(small_forest())}.to_bytes();
    CHECK(message_of(whole).empty());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        REQUIRE_FALSE(message_of(std::string_view(whole).substr(0, length)).empty());
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ 0x10);
        REQUIRE_FALSE(message_of(changed).empty());
    }
    CHECK(message_of(whole + "x").find("behind its end") != std::string::npos);
    CHECK(message_of(whole.substr(0, 100)).find("cut short") != std::string::npos);
    CHECK(message_of("PK\3\4 a zip file").find("no Assay model") != std::string::npos);
}

TEST_CASE("model file: a newer version says so, even with checksums of its own") {
    std::string newer = ModelFile{R"({"kind": "forest"})", "x"}.to_bytes();
    newer[8] = 2;
    CHECK(message_of(newer).find("a newer Assay wrote it") != std::string::npos);
}

TEST_CASE("model file: a header that is no object with a kind is not written") {
    for (const char* header : {"", "[]", "{}", R"({"kind": 3})", R"({"kind": "x")"}) {
        CHECK_THROWS_AS((ModelFile{header, ""}.to_bytes()), ValueError);
    }
}

TEST_CASE("forest codec: the forest that comes back runs the same and is written the same") {
    std::mt19937_64 random(9);
    for (const assay::index outputs : {1, 2, 5}) {
        std::vector<GrownTree> trees;
        for (int t = 0; t < 7; ++t) trees.push_back(random_tree(random, 300, outputs, 200));
        const CompactForest forest(trees, 300);
        const std::string bytes = models::encode_forest(forest);
        const CompactForest back = models::decode_forest(bytes, "test");
        const std::vector<float> rows = hard_rows(random, trees, 300, 50, true);
        CHECK(back.predict(rows) == forest.predict(rows));
        const auto row = std::span(rows).first(300);
        CHECK(back.contributions(row).by_feature == forest.contributions(row).by_feature);
        CHECK(models::encode_forest(back) == bytes);
    }
}

TEST_CASE("forest codec: bytes that are no forest are refused without a crash") {
    const std::string bytes = models::encode_forest(small_forest());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        REQUIRE_THROWS_AS(models::decode_forest(std::string_view(bytes).substr(0, length), "test"), IoError);
    }
    CHECK_THROWS_AS(models::decode_forest(bytes + "x", "test"), IoError);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const int bit : {1, 64, 128}) {
            std::string changed = bytes;
            changed[i] = static_cast<char>(changed[i] ^ bit);
            try {
                (void)models::decode_forest(changed, "test");
            } catch (const IoError&) {  // or another forest, which only the SHA-256 of the file tells
            }
        }
    }
    // A file of a few bytes that names a million outputs for each of a million nodes takes no memory for them.
    CHECK_THROWS_AS(models::decode_forest(std::string("\1\x80\x80\x40\1\1\0\0\0\0\1", 11), "test"), IoError);
}

TEST_CASE("model file: a header is as deep as 64 levels, not deeper") {
    const auto nested = [](int lists) {
        return R"({"kind": "x", "feature_names": [)" + std::string(static_cast<std::size_t>(lists), '[') +
               std::string(static_cast<std::size_t>(lists), ']') + "]}";
    };
    const ModelFile deepest{nested(62), ""};  // with the object and the list itself 64
    CHECK(message_of(deepest.to_bytes()).empty());
    CHECK(deepest.texts("feature_names").size() == 1);
    for (const int lists : {63, 200'000}) {
        const ModelFile deeper{nested(lists), ""};
        CHECK_THROWS_AS(deeper.to_bytes(), ValueError);
        CHECK(deeper.texts("feature_names").empty());
        CHECK(deeper.text("kind").empty());
        const std::string sealed = sealed_by_hand(deeper.header, "");
        CHECK(message_of(sealed).find("deeper than 64 levels") != std::string::npos);
    }
    // Brackets in texts are none, also behind a quotation mark that is escaped.
    const ModelFile text{R"({"kind": "x", "note": "\")" + std::string(1000, '[') + R"("})", ""};
    CHECK(message_of(text.to_bytes()).empty());
    CHECK(message_of(sealed_by_hand(text.header, "")).empty());
}

TEST_CASE("forest codec: more trees than any forest has are refused before they take memory") {
    // One feature without thresholds, one value, one weight; then trees of a single leaf, 4 bytes each.
    const auto leaves_alone = [](std::uint64_t trees) {
        std::string bytes("\1\1", 2);
        for (std::uint64_t rest = trees; true; rest >>= 7) {
            bytes.push_back(static_cast<char>((rest & 127) | (rest >= 128 ? 128 : 0)));
            if (rest < 128) break;
        }
        const double one = 1;
        bytes.append("\0\1", 2).append(reinterpret_cast<const char*>(&one), 8);
        bytes.append("\1", 1).append(reinterpret_cast<const char*>(&one), 8);
        for (std::uint64_t t = 0; t < trees; ++t) bytes.append("\1\0\0\0", 4);
        return bytes;
    };
    const CompactForest few = models::decode_forest(leaves_alone(3), "test");
    CHECK(few.predict(std::vector<float>{0.F}) == std::vector<double>{1});
    CHECK(models::decode_forest(leaves_alone(100'000), "test").trees() == 100'000);
    CHECK_THROWS_WITH(models::decode_forest(leaves_alone(100'001), "test"),
                      Catch::Matchers::Contains("one of more than 100000 trees"));
    const CompactForest many(std::vector<GrownTree>(100'001, few.grown().front()), 1);
    CHECK_THROWS_AS(models::encode_forest(many), ValueError);
}
