#include <cstring>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/models/weights/weight_file.hpp"
#include "catch.hpp"
#include "torch_bytes.hpp"

using namespace assay;
using namespace assay::models;
using Catch::Matchers::Contains;

namespace {

std::string floats(const std::vector<float>& values) {
    std::string out(values.size() * 4, '\0');
    if (!values.empty()) std::memcpy(out.data(), values.data(), out.size());
    return out;
}

std::vector<float> values_of(const WeightFile& file, std::string_view name) {
    const WeightView* view = file.find(name);
    REQUIRE(view != nullptr);
    std::vector<float> out(view->bytes.size() / 4);
    if (!out.empty()) std::memcpy(out.data(), view->bytes.data(), view->bytes.size());
    return out;
}

WeightFile read(const std::string& bytes) { return WeightFile::from_bytes(bytes, "made.bin"); }

const std::string kSix = floats({0, 1, 2, 3, 4, 5});

/// A file of one tensor "w" over six floats.
std::string one(std::int64_t offset, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
    return torch_bytes(pickled_state({{"w", pickled_tensor("0", 6, offset, shape, strides)}}), kSix);
}

}  // namespace

TEST_CASE("torch bin: contiguous tensors are views, others are copied in row-major order") {
    const bool in_64 = GENERATE(false, true);
    const WeightFile file = read(torch_bytes(
        pickled_state({{"w", pickled_tensor("0", 6, 0, {2, 3}, {3, 1})},
                       {"transposed", pickled_tensor("0", 6, 0, {3, 2}, {1, 3})},
                       {"column", pickled_tensor("0", 6, 1, {2}, {3})},
                       {"scalar", pickled_tensor("0", 6, 5, {}, {})},
                       {"row", pickled_tensor("0", 6, 3, {1, 3}, {std::numeric_limits<std::int64_t>::max(), 1})},
                       {"none", pickled_tensor("0", 6, 6, {0, 3}, {3, 1})},
                       {"parameter", "ctorch._utils\n_rebuild_parameter\n(" + pickled_tensor("0", 6, 0, {6}, {1}) +
                                         "\x88"
                                         "ccollections\nOrderedDict\n)RtR"}}),
        kSix, in_64));
    REQUIRE(file.tensors().size() == 7);
    CHECK(file.tensors()[1].name == "transposed");  // the order of the file
    CHECK(values_of(file, "w") == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(values_of(file, "transposed") == std::vector<float>{0, 3, 1, 4, 2, 5});
    CHECK(values_of(file, "column") == std::vector<float>{1, 4});
    CHECK(values_of(file, "scalar") == std::vector<float>{5});
    CHECK(file.find("scalar")->shape.empty());
    CHECK(values_of(file, "row") == std::vector<float>{3, 4, 5});
    CHECK(values_of(file, "none").empty());
    CHECK(values_of(file, "parameter").size() == 6);
    CHECK(file.find("w")->bytes.data() == file.find("parameter")->bytes.data());
}

TEST_CASE("torch bin: every storage class has its type") {
    const auto [name, type] = GENERATE(table<std::string, WeightType>({{"DoubleStorage", WeightType::float64},
                                                                       {"FloatStorage", WeightType::float32},
                                                                       {"HalfStorage", WeightType::float16},
                                                                       {"BFloat16Storage", WeightType::bfloat16},
                                                                       {"LongStorage", WeightType::int64},
                                                                       {"IntStorage", WeightType::int32},
                                                                       {"ShortStorage", WeightType::int16},
                                                                       {"CharStorage", WeightType::int8},
                                                                       {"ByteStorage", WeightType::uint8},
                                                                       {"BoolStorage", WeightType::boolean}}));
    const std::string tensor = pickled_tensor("0", 3, 0, {3}, {1}, "torch\n" + name + "\n");
    const WeightFile file = read(
        torch_bytes(pickled_state({{"w", tensor}}), std::string(static_cast<std::size_t>(3 * size_of(type)), 'x')));
    CHECK(file.find("w")->type == type);
}

TEST_CASE("torch bin: the state dict of a training checkpoint is found") {
    const std::string state = pickled_state({{"w", pickled_tensor("0", 6, 0, {6}, {1})}});
    const std::string inner = state.substr(2, state.size() - 3);  // without protocol and end
    const WeightFile file =
        read(torch_bytes("\x80\x02}(" + pickled("epoch") + pickled(3) + pickled("state_dict") + inner + "u.", kSix));
    CHECK(values_of(file, "w").size() == 6);
}

TEST_CASE("torch bin: names that are not on the list are refused, and nothing runs") {
    const auto refused = [](const std::string& pickle) { return [pickle] { read(torch_bytes(pickle, kSix)); }; };
    CHECK_THROWS_WITH(refused("\x80\x02"
                              "cos\nsystem\n(" +
                              pickled("exit 1") + "tR.")(),
                      Contains("data.pkl at byte 2") && Contains("'os.system', which is refused"));
    CHECK_THROWS_WITH(refused("\x80\x02"
                              "cbuiltins\neval\n.")(),
                      Contains("'builtins.eval'"));
    CHECK_THROWS_WITH(refused("\x80\x02"
                              "ctorch\nload\n.")(),
                      Contains("'torch.load'"));
    CHECK_THROWS_WITH(refused("\x80\x02"
                              "ctorch\nComplexFloatStorage\n.")(),
                      Contains("'torch.ComplexFloatStorage'"));
    CHECK_THROWS_WITH(refused("\x80\x02"
                              "(ios\nsystem\n.")(),
                      Contains("got opcode 105, which is not read"));
    CHECK_THROWS_WITH(refused("\x80\x04\x95.")(), Contains("expected a pickle of protocol 2"));
    CHECK_THROWS_WITH(refused("\x80\x02"
                              "ccollections\nOrderedDict\n" +
                              pickled(3) + "\x85R.")(),
                      Contains("expected a call that makes an OrderedDict"));
    CHECK_THROWS_WITH(refused("\x80\x02]}b.")(), Contains("expected attributes of an OrderedDict"));
}

TEST_CASE("torch bin: a pickle that is cut short or whose stack is short is refused at any length") {
    const std::string pickle = pickled_state({{"w", pickled_tensor("0", 6, 0, {2, 3}, {3, 1})}});
    CHECK(read(torch_bytes(pickle, kSix)).tensors().size() == 1);
    for (std::size_t size = 0; size < pickle.size(); ++size) {
        CHECK_THROWS_AS(read(torch_bytes(pickle.substr(0, size), kSix)), IoError);
    }
    for (const char* body : {".", "R.", "Q.", "b.", "s.", "u.", "t.", "a.", "e.", "(R.", "(.", "h\x05.", "q\x05.",
                             "]N.", "\x87.", "}NNs(s.", "NQ.", "N)R."}) {
        CAPTURE(body);
        CHECK_THROWS_AS(read(torch_bytes(std::string("\x80\x02") + body, kSix)), IoError);
    }
}

TEST_CASE("torch bin: a tensor outside its storage is refused by name") {
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    CHECK_THROWS_WITH(read(one(0, {7}, {1})), Contains("tensor 'w': expected [7] at offset 0 within its storage of 6"));
    CHECK_THROWS_WITH(read(one(1, {6}, {1})), Contains("expected [6] at offset 1"));
    CHECK_THROWS_WITH(read(one(-1, {2}, {1})), Contains("tensor 'w'"));
    CHECK_THROWS_WITH(read(one(0, {2}, {-1})), Contains("with strides [-1]"));
    CHECK_THROWS_WITH(read(one(0, {-2}, {1})), Contains("fewer than 2^63 elements"));
    CHECK_THROWS_WITH(read(one(0, {most, most}, {1, 1})), Contains("fewer than 2^63 elements"));
    CHECK_THROWS_WITH(read(one(0, {2, 2}, {most, most})), Contains("within its storage"));
    CHECK_THROWS_WITH(read(one(most, {2}, {1})), Contains("within its storage"));
    CHECK_THROWS_WITH(read(one(0, {1000}, {0})), Contains("within its storage"));  // expanded: a bomb
    CHECK_THROWS_WITH(read(one(0, {2}, {1, 1})), Contains("a stride for each dimension"));
    std::vector<std::pair<std::string, std::string>> many;
    for (int i = 0; i < 2000; ++i)
        many.emplace_back("w" + std::to_string(i), pickled_tensor("0", 600, 0, {2, 300}, {1, 2}));
    CHECK_THROWS_WITH(read(torch_bytes(pickled_state(many), std::string(2400, 'x'))), Contains("more views than"));
}

TEST_CASE("torch bin: at most 64 dimensions, and names in UTF-8") {
    // Thousands of tensors that share one shape of a million numbers would each keep a copy of it.
    const std::vector<std::int64_t> most(64, 1);
    const std::vector<std::int64_t> more(65, 1);
    CHECK(read(one(0, most, most)).tensors()[0].shape.size() == 64);
    CHECK_THROWS_WITH(read(one(0, more, more)), Contains("tensor 'w': expected at most 64 dimensions, got 65"));
    const std::string latin = pickled_state({{"\xe9", pickled_tensor("0", 6, 0, {6}, {1})}});
    CHECK_THROWS_WITH(read(torch_bytes(latin, kSix)), Contains("expected a text in UTF-8"));
}

TEST_CASE("torch bin: storages and values that do not fit are refused by name") {
    const auto refused = [](const std::string& value) {
        return [value] { read(torch_bytes(pickled_state({{"w", value}}), kSix)); };
    };
    CHECK_THROWS_WITH(refused(pickled_tensor("1", 6, 0, {6}, {1}))(), Contains("expected its data at '1'"));
    CHECK_THROWS_WITH(refused(pickled_tensor("0", 7, 0, {6}, {1}))(),
                      Contains("expected a storage of 7 elements of float32, got 24 bytes"));
    CHECK_THROWS_WITH(refused(pickled_tensor("0", -6, 0, {6}, {1}))(), Contains("got 24 bytes"));
    CHECK_THROWS_WITH(refused(pickled(3))(), Contains("expected a tensor at 'w', got another value"));
    const std::string tensor = pickled_tensor("0", 6, 0, {6}, {1});
    CHECK_THROWS_WITH(read(torch_bytes(pickled_state({{"w", tensor}, {"w", tensor}}), kSix)), Contains("'w' twice"));
    CHECK_THROWS_WITH(read(torch_bytes("\x80\x02N.", kSix)), Contains("expected a state dict"));
}

TEST_CASE("torch bin: a damaged archive is refused at any length, and so are compressed entries") {
    const std::string bytes = one(0, {6}, {1});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_THROWS_AS(read(bytes.substr(0, size)), IoError);
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const char bit : {'\x01', '\x80'}) {
            std::string damaged = bytes;
            damaged[i] = static_cast<char>(damaged[i] ^ bit);
            try {
                read(damaged);
            } catch (const IoError&) {  // or it is read: a bit of a tensor, a date, a checksum
            }
        }
    }
    CHECK_THROWS_WITH(read(zip_bytes({{"m/data.pkl", "x"}}, false, 8)),
                      Contains("'m/data.pkl' compressed by method 8"));
    CHECK_THROWS_WITH(read(zip_bytes({{"m/data.pkl", "x"}}, false, 0, 1)), Contains("encrypted"));
    CHECK_THROWS_WITH(read(zip_bytes({{"a", ""}, {"a", ""}})), Contains("'a' twice"));
    CHECK_THROWS_WITH(read(zip_bytes({{"a", ""}})), Contains("one data.pkl, got 0"));
    CHECK_THROWS_WITH(read(zip_bytes({{"a/data.pkl", ""}, {"b/data.pkl", ""}})), Contains("one data.pkl, got 2"));
    CHECK_THROWS_WITH(read(zip_bytes({{"a/data.pkl", ""}, {"a/byteorder", "big"}})), Contains("byte order 'big'"));
}

TEST_CASE("torch bin: the format before 1.6 is refused with the command that converts it") {
    CHECK_THROWS_WITH(read("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19."),
                      Contains("torch.save(torch.load('OLD.bin'"));
    CHECK_THROWS_WITH(read(""), Contains("empty file"));
    CHECK_THROWS_WITH(read("version https://git-lfs.github.com/spec/v1\n"), Contains("another kind of file"));
}
