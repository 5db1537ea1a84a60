#include "assay/models/weights/weight_file.hpp"

#include <algorithm>
#include <cstring>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/models/weights/safetensors.hpp"
#include "base/temporary_folder.hpp"
#include "catch.hpp"
#include "safetensors_bytes.hpp"

using namespace assay;
using namespace assay::models;
using Catch::Matchers::Contains;

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

namespace {

WeightFile read(const std::string& header, const std::string& data) {
    return WeightFile::from_bytes(safetensors_bytes(header, data), "made.safetensors");
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

/// A file of one tensor "a".
WeightFile one(const std::string& dtype, const std::string& shape, const std::string& offsets, std::size_t bytes) {
    return read(R"({"a":)" + entry(dtype, shape, offsets) + "}", std::string(bytes, 'x'));
}

}  // namespace

TEST_CASE("safetensors: a header that is too long, cut short or no object is refused") {
    const auto bytes = [](std::uint64_t size, const std::string& rest) {
        std::string out(8, '\0');
        std::memcpy(out.data(), &size, 8);
        return WeightFile::from_bytes(out + rest, "made.safetensors");
    };
    CHECK_THROWS_WITH(bytes(100'000'001, "{"), Contains("at most 100000000 bytes, got 100000001"));
    CHECK_THROWS_WITH(bytes(~std::uint64_t{0}, "{"), Contains("at most 100000000 bytes"));
    CHECK_THROWS_WITH(bytes(20, "{}"), Contains("a header of 20 bytes, the file ends after 2"));
    CHECK_THROWS_WITH(bytes(0, ""), Contains("begins with '{'"));
    CHECK_THROWS_WITH(WeightFile::from_bytes("\x02", "made.safetensors"), Contains("got 1 bytes"));
    CHECK_THROWS_WITH(bytes(2, "[]"), Contains("another kind of file"));
    CHECK_THROWS_WITH(bytes(3, " {}"), Contains("another kind of file"));
    CHECK(bytes(2, "{}").tensors().empty());
    CHECK(bytes(8, "{}      ").tensors().empty());  // padded
}

TEST_CASE("safetensors: a header that is not JSON in UTF-8 is refused with its byte") {
    CHECK_THROWS_WITH(read("{", ""), Contains("a header of JSON in UTF-8, got something else at byte 9"));
    CHECK_THROWS_WITH(read("{}{}", ""), Contains("at byte 10"));
    CHECK_THROWS_WITH(read(std::string("{}\0{}", 5), ""), Contains("at byte 10"));
    CHECK_THROWS_WITH(read("{\"\xFF\":" + entry("U8", "[]", "[0,1]") + "}", "x"), Contains("at byte 10"));
    CHECK_THROWS_WITH(read(R"({"a":)" + std::string(100'000, '['), ""), Contains("got a list at 'a'"));
}

TEST_CASE("safetensors: duplicate keys are refused wherever they stand") {
    const std::string a = R"("a":)" + entry("U8", "[]", "[0,1]");
    CHECK_THROWS_WITH(read("{" + a + "," + a + "}", "x"), Contains("every key once, got 'a' twice"));
    CHECK_THROWS_WITH(read(R"({"__metadata__":{},"__metadata__":{}})", ""), Contains("'__metadata__' twice"));
    CHECK_THROWS_WITH(read(R"({"__metadata__":{"k":"1","k":"2"}})", ""), Contains("'k' twice"));
    CHECK_THROWS_WITH(read(R"({"a":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}})", "x"),
                      Contains("'dtype' twice at tensor 'a'"));
}

TEST_CASE("safetensors: entries have a dtype, a shape and two offsets, and nothing else") {
    CHECK_THROWS_WITH(read(R"({"a":{}})", ""), Contains("dtype, shape and data_offsets at tensor 'a', got 0 of them"));
    CHECK_THROWS_WITH(read(R"({"a":{"dtype":"U8","shape":[]}})", ""), Contains("got 2 of them"));
    CHECK_THROWS_WITH(read(R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"more":1}})", "x"),
                      Contains("only dtype, shape and data_offsets at tensor 'a', got a number at 'more'"));
    CHECK_THROWS_WITH(read(R"({"a":1})", ""), Contains("an object for every tensor, got a number at 'a'"));
    CHECK_THROWS_WITH(read(R"({"a":null})", ""), Contains("got null at 'a'"));
    CHECK_THROWS_WITH(read(R"({"a":{"dtype":{}}})", ""), Contains("a text as dtype at tensor 'a', got an object"));
    CHECK_THROWS_WITH(read(R"({"a":{"dtype":4}})", ""), Contains("a text as dtype"));
    CHECK_THROWS_WITH(read(R"({"__metadata__":{"k":1}})", ""), Contains("texts in __metadata__, got a number at 'k'"));
    CHECK_THROWS_WITH(read(R"({"__metadata__":"k"})", ""), Contains("got a text at '__metadata__'"));
    CHECK_THROWS_WITH(one("F8_E4M3", "[]", "[0,1]", 1), Contains("a dtype of F64, F32") && Contains("got 'F8_E4M3'"));
    CHECK_THROWS_WITH(one("f32", "[]", "[0,4]", 4), Contains("got 'f32' at tensor 'a'"));
    for (const char* shape :
         {"[-1]", "[1.0]", "[1e2]", "[true]", "[\"1\"]", "[[1]]", "1", "{}", "[18446744073709551616]"}) {
        CAPTURE(shape);
        CHECK_THROWS_WITH(one("U8", shape, "[0,1]", 1), Contains("whole numbers as shape at tensor 'a'"));
    }
    CHECK_THROWS_WITH(one("U8", "[9223372036854775808]", "[0,1]", 1), Contains("a number past 2^63"));
}

TEST_CASE("safetensors: shapes multiply without overflow and fit their offsets") {
    CHECK_THROWS_WITH(one("F32", "[2,3]", "[0,20]", 20),
                      Contains("tensor 'a': expected 24 bytes for [2, 3] of float32, got data_offsets of 20 bytes"));
    CHECK_THROWS_WITH(one("F32", "[4611686018427387904]", "[0,0]", 0), Contains("fewer than 2^63 bytes"));
    CHECK_THROWS_WITH(one("U8", "[4294967296,4294967296]", "[0,0]", 0), Contains("fewer than 2^63 bytes"));
    CHECK_THROWS_WITH(one("U8", "[9223372036854775807,9223372036854775807,0]", "[0,0]", 0),
                      Contains("fewer than 2^63 bytes"));  // zero hides no overflow
    CHECK(one("U8", "[9223372036854775807,0]", "[0,0]", 0).tensors()[0].bytes.empty());
    std::string ones = "[1";
    for (int i = 1; i < 64; ++i) ones += ",1";
    CHECK(one("U8", ones + "]", "[0,1]", 1).tensors()[0].shape.size() == 64);
    CHECK_THROWS_WITH(one("U8", ones + ",1]", "[0,1]", 1), Contains("tensor 'a', got more than 64 numbers"));
    CHECK_THROWS_WITH(one("U8", "[1]", "[0]", 1), Contains("two data_offsets, got 1"));
    CHECK_THROWS_WITH(one("U8", "[1]", "[0,1,2]", 1), Contains("two data_offsets, got 3"));
    CHECK_THROWS_WITH(one("U8", "[1]", "[1,0]", 1), Contains("begin before they end, got 1 to 0"));
}

TEST_CASE("safetensors: tensors fill the file from offset 0 to its end, without gap or overlap") {
    const auto two = [](const std::string& first, const std::string& second, std::size_t bytes) {
        return read(R"({"a":)" + entry("U8", "[2]", first) + R"(,"b":)" + entry("U8", "[2]", second) + "}",
                    std::string(bytes, 'x'));
    };
    CHECK(two("[2,4]", "[0,2]", 4).tensors()[0].name == "b");  // the header's order is free
    CHECK_THROWS_WITH(two("[1,3]", "[3,5]", 5), Contains("tensor 'a': expected data that begin at offset 0"));
    CHECK_THROWS_WITH(two("[0,2]", "[3,5]", 5), Contains("tensor 'b': expected data that begin at offset 2"));
    CHECK_THROWS_WITH(two("[0,2]", "[1,3]", 3), Contains("tensor 'b': expected data that begin at offset 2"));
    CHECK_THROWS_WITH(two("[0,2]", "[0,2]", 2), Contains("tensor 'b'"));
    CHECK_THROWS_WITH(two("[0,2]", "[2,4]", 3),
                      Contains("up to offset 4, the file ends at offset 3; it was cut short"));
    CHECK_THROWS_WITH(two("[0,2]", "[2,4]", 9), Contains("got 5 bytes more"));
    CHECK_THROWS_WITH(one("U8", "[9223372036854775807]", "[0,9223372036854775807]", 4), Contains("was cut short"));
}

TEST_CASE("safetensors: names in messages are shortened and hold no control characters") {
    const std::string name = "\\u001b[2J" + std::string(5000, 'n');
    try {
        read("{\"" + name + "\":1}", "");
        FAIL("expected a refusal");
    } catch (const IoError& error) {
        CHECK(std::string(error.what()).size() < 300);
        CHECK_THAT(error.what(), Contains("'?[2Jnnn"));
    }
}

TEST_CASE("safetensors: what is written reads back, aligned, and in the same bytes whatever the order") {
    const TemporaryFolder folder;
    const std::string data = "0123456789abcdef";
    const auto part = [&](std::size_t at, std::size_t size) {
        return std::as_bytes(std::span(data)).subspan(at, size);
    };
    std::vector<WeightView> tensors{{"flag", WeightType::boolean, {1}, part(0, 1)},
                                    {"half", WeightType::float16, {3}, part(1, 6)},
                                    {"wide \"한\"", WeightType::int64, {}, part(8, 8)},
                                    {"none", WeightType::float32, {0, 4}, {}},
                                    {"brain", WeightType::bfloat16, {1, 1}, part(2, 2)}};
    write_safetensors(folder / "a.safetensors", tensors, {{"format", "pt"}});
    std::reverse(tensors.begin(), tensors.end());
    write_safetensors(folder / "b.safetensors", tensors, {{"format", "pt"}});
    const std::string bytes = read_file(folder / "a.safetensors");
    CHECK(bytes == read_file(folder / "b.safetensors"));
    CHECK(static_cast<unsigned char>(bytes[0]) % 8 == 0);
    const WeightFile file = WeightFile::open(folder / "a.safetensors");
    REQUIRE(file.tensors().size() == 5);
    CHECK(file.metadata().at("format") == "pt");
    for (const WeightView& tensor : tensors) {
        const WeightView* got = file.find(tensor.name);
        REQUIRE(got != nullptr);
        CHECK(got->type == tensor.type);
        CHECK(got->shape == tensor.shape);
        CHECK(std::equal(got->bytes.begin(), got->bytes.end(), tensor.bytes.begin(), tensor.bytes.end()));
        CHECK(reinterpret_cast<std::uintptr_t>(got->bytes.data()) % static_cast<std::size_t>(size_of(got->type)) == 0);
    }
}

TEST_CASE("safetensors: a writer's mistakes are refused by name and leave no file") {
    const TemporaryFolder folder;
    const std::byte two[2]{};
    const auto write = [&](std::vector<WeightView> tensors) { write_safetensors(folder / "a", tensors); };
    CHECK_THROWS_AS(write({{"a", WeightType::uint8, {3}, two}}), ShapeError);
    CHECK_THROWS_AS(write({{"a", WeightType::uint8, {-2}, two}}), ShapeError);
    CHECK_THROWS_AS(write({{"a", WeightType::uint8, {2}, two}, {"a", WeightType::uint8, {2}, two}}), ValueError);
    CHECK_THROWS_AS(write({{"__metadata__", WeightType::uint8, {2}, two}}), ValueError);
    CHECK_THROWS_AS(write({{"\xFF", WeightType::uint8, {2}, two}}), ValueError);
    CHECK_FALSE(std::filesystem::exists(folder / "a"));
    CHECK_THROWS_AS(WeightFile::open(folder / "a"), IoError);
    CHECK_THROWS_AS(WeightFile::open(folder.path()), IoError);
}
