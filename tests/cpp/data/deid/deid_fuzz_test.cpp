// The fuzz target on its corpus, so that every build runs it.
#define LLVMFuzzerTestOneInput fuzz_deid
#include "../../../../fuzz/deid_fuzz.cpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch.hpp"

TEST_CASE("deid fuzz: normal forms stay, findings lie within, nothing is unsealed", "[deid]") {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/fuzz/corpus/deid")) {
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        CAPTURE(entry.path().filename().string());
        CHECK(fuzz_deid(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
        ++files;
    }
    CHECK(files >= 5);
}
