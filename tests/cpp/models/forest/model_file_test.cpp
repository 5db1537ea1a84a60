#include "assay/models/model_file.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

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
