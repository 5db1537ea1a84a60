#include "assay/models/evaluation/calibration.hpp"

#include <filesystem>
#include <fstream>
#include <limits>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {

namespace fs = std::filesystem;

Calibration made_up_calibration() {
    Calibration c;
    c.temperature = 1.7, c.images = 250, c.loss_before = 1.25, c.loss_after = 0.875;
    c.date = "2026-11-21", c.model_name = "demo", c.label_set = "findings";
    c.scope = {std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c')};
    return c;
}

void replace(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("A calibration is read as it was written", "[evaluation]") {
    const Calibration c = made_up_calibration();
    const Calibration read = calibration_from_json(to_json(c), "file");
    CHECK(read.temperature == c.temperature);
    CHECK(read.images == 250);
    CHECK(read.loss_before == 1.25);
    CHECK(read.loss_after == 0.875);
    CHECK(read.date == c.date);
    CHECK(read.model_name == "demo");
    CHECK(read.label_set == "findings");
    CHECK_NOTHROW(expect_same_scope(read, c.scope));
}

TEST_CASE("A calibration made with something else is refused by what differs", "[evaluation]") {
    const Calibration c = made_up_calibration();
    CalibrationScope other = c.scope;
    other.prompts[0] = 'd';
    CHECK_THROWS_WITH(expect_same_scope(c, other), Catch::Contains("made with other prompts ("));
    other.model[5] = 'd';
    CHECK_THROWS_WITH(expect_same_scope(c, other), Catch::Contains("made with other model, prompts ("));
    other = c.scope;
    other.labels = "";
    CHECK_THROWS_WITH(expect_same_scope(c, other), Catch::Contains("made with other labels ("));
}

TEST_CASE("A damaged calibration is refused by what is wrong", "[evaluation]") {
    const auto refused = [](const std::string& from, const std::string& to, const std::string& message) {
        std::string text = to_json(made_up_calibration());
        replace(text, from, to);
        CHECK_THROWS_WITH(calibration_from_json(text, "c.json"), Catch::Contains("c.json: " + message));
    };
    refused("\"temperature\": 1.7", "\"temperature\": \"1.7\"", "expected another kind of value as temperature");
    refused("\"temperature\": 1.7", "\"temperature\": 0", "expected a temperature from 0.01 to 100");
    refused("\"temperature\": 1.7,", "", "expected a calibration with temperature, which is missing");
    refused("\"images\": 250", "\"images\": 0", "expected one image at least");
    refused("\"images\": 250", "\"images\": 2.5", "expected another kind of value as images");
    refused("\"schema_version\": 1", "\"schema_version\": 2", "expected schema version 1, got 2");
    refused("2026-11-21", "2026-02-30", "expected the date of the fit as YYYY-MM-DD");
    refused("aaaa", "xxxx", "expected SHA-256 digests");
    refused("\"before\"", "\"Before\"", "expected a calibration with negative_log_likelihood.before");
    refused("assay-calibration", "other", "expected a calibration as assay clip calibrate writes it");
    for (const char* text : {"", "[]", "{", "null", "{\"format\": 3}", "\xff\xfe"}) {
        CHECK_THROWS_AS(calibration_from_json(text, "c.json"), ValueError);
    }
    Calibration c = made_up_calibration();
    c.loss_after = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(to_json(c), ValueError);
}

TEST_CASE("Fingerprints tell lists of texts and models apart", "[evaluation]") {
    const std::vector<std::string> ab{"a", "b"}, joined{"ab"}, ba{"b", "a"}, none;
    CHECK(text_fingerprint(ab) == text_fingerprint(ab));
    CHECK(text_fingerprint(ab) != text_fingerprint(joined));
    CHECK(text_fingerprint(ab) != text_fingerprint(ba));
    CHECK(text_fingerprint(none) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    const fs::path folder = fs::temp_directory_path() / "assay_fingerprint_test";
    fs::remove_all(folder);
    fs::create_directories(folder);
    const auto write = [&](const char* name, const char* text) { std::ofstream(folder / name) << text; };
    write("model.safetensors", "weights");
    const std::string plain = model_fingerprint(folder);
    CHECK(plain == model_fingerprint(folder / "model.safetensors"));
    write("notes.txt", "of no consequence");
    CHECK(model_fingerprint(folder) == plain);
    write("preprocessor_config.json", "{}");
    CHECK(model_fingerprint(folder) != plain);
    const std::string with_config = model_fingerprint(folder);
    write("merges.txt", "#version: 0.2");
    const std::string configured = model_fingerprint(folder);
    CHECK(configured != with_config);
    write("model.safetensors", "weightz");
    CHECK(model_fingerprint(folder) != configured);
    fs::remove_all(folder);
    CHECK_THROWS_AS(model_fingerprint(folder), IoError);
}
