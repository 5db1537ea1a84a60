// The fuzz target on its corpus, so that every build runs what fuzzing once found.
#define LLVMFuzzerTestOneInput fuzz_units
#include "../../../../fuzz/units_fuzz.cpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"

TEST_CASE("units fuzz: the corpus is refused or a unit that converts") {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/fuzz/corpus/units")) {
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        CAPTURE(entry.path().filename().string());
        CHECK(fuzz_units(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
        ++files;
    }
    CHECK(files >= 20);
}
