// The fuzz target on its corpus, so that every build runs what fuzzing once found.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"

#define LLVMFuzzerTestOneInput hl7_fuzz_input
#include "../../../../fuzz/hl7_fuzz.cpp"

TEST_CASE("hl7 fuzz: of the corpus nothing is lost", "[hl7]") {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/fuzz/corpus/hl7")) {
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        INFO(entry.path().filename().string());
        CHECK(hl7_fuzz_input(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
        ++files;
    }
    CHECK(files > 0);
}
