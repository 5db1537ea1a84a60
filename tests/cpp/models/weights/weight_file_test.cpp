#include "assay/models/weights/weight_file.hpp"

#include <cstring>

#include "assay/base/error.hpp"
#include "catch.hpp"
#include "safetensors_bytes.hpp"

using namespace assay;
using namespace assay::models;

TEST_CASE("safetensors: tensors, scalars and metadata as they stand in the file") {
    const std::string header =
        R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[2,10]},)"
        R"("a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]},"e":{"dtype":"U8","shape":[0,3],"data_offsets":[10,10]}})";
    const float values[2] = {1.5F, -2.0F};
    std::string data(10, '\0');
    std::memcpy(data.data() + 2, values, 8);
    const WeightFile file = WeightFile::from_bytes(safetensors_bytes(header, data), "made.safetensors");
    REQUIRE(file.tensors().size() == 3);
    CHECK(file.tensors()[0].name == "a");
    CHECK(file.tensors()[0].type == WeightType::bfloat16);
    CHECK(file.tensors()[0].shape.empty());
    CHECK(file.tensors()[0].bytes.size() == 2);
    REQUIRE(file.find("b") != nullptr);
    CHECK(file.find("b")->shape == std::vector<assay::index>{2});
    CHECK(std::memcmp(file.find("b")->bytes.data(), values, 8) == 0);
    CHECK(file.find("e")->bytes.empty());
    CHECK(file.find("c") == nullptr);
    CHECK(file.metadata().at("format") == "pt");
}
