// The fuzz target on its corpus, so that every build runs what fuzzing once found.
#define LLVMFuzzerTestOneInput fuzz_model_file
#include "../../../../fuzz/model_file_fuzz.cpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch.hpp"

TEST_CASE("model file fuzz: the corpus is refused or runs") {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/fuzz/corpus/model_file")) {
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        CAPTURE(entry.path().filename().string());
        CHECK(fuzz_model_file(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
        ++files;
    }
    CHECK(files >= 10);
}
