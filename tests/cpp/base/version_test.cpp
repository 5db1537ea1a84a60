#include "assay/base/version.hpp"

#include "assay/base/file.hpp"

#include "catch.hpp"

#include <string>

TEST_CASE("version is that of the file VERSION") {
    const std::string file = assay::read_file(ASSAY_SOURCE_DIR "/VERSION");
    CHECK(file.substr(0, file.find('\n')) == assay::version());
}
