// The fuzz target on its corpus, so that every build runs what fuzzing once found.
#include "../../../fuzz/csv_fuzz.cpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch.hpp"

TEST_CASE("csv fuzz: the corpus neither crashes nor loses a row") {
    const int threads = assay::num_threads();
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/fuzz/corpus/csv")) {
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        CAPTURE(entry.path().filename().string());
        CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
        ++files;
    }
    assay::set_num_threads(threads);
    CHECK(files >= 9);
}
