// The fuzz target on its corpus, so that every build runs what fuzzing once found.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"

#define LLVMFuzzerTestOneInput fhir_fuzz_input
#include "../../../../fuzz/fhir_fuzz.cpp"

TEST_CASE("fhir fuzz: of the corpus nothing is lost", "[fhir]") {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/fuzz/corpus/fhir")) {
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        INFO(entry.path().filename().string());
        CHECK(fhir_fuzz_input(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
        ++files;
    }
    CHECK(files > 0);
}
