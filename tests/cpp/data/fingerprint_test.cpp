#include "assay/data/fingerprint.hpp"

#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

Table sample(std::optional<double> second, std::optional<std::string> text) {
    const std::vector<std::optional<double>> numbers{1.5, second, 3.0};
    const std::vector<std::optional<std::string>> texts{"a", std::move(text), "ö"};
    const std::vector<std::optional<bool>> flags{true, std::nullopt, false};
    return Table(
        TableSchema{
            {.name = "x", .type = Type::Float64}, {.name = "t", .type = Type::Utf8}, {.name = "b", .type = Type::Bool}},
        {Array::of(numbers), Array::of(texts), Array::of(flags)});
}

}  // namespace

TEST_CASE("fingerprint follows the content", "[data]") {
    const std::string digest = fingerprint(sample(2.0, "b"));
    CHECK(digest.size() == 64);
    CHECK(digest == fingerprint(sample(2.0, "b")));
    CHECK(digest != fingerprint(sample(2.5, "b")));
    CHECK(digest != fingerprint(sample(std::nullopt, "b")));
    CHECK(digest != fingerprint(sample(2.0, std::nullopt)));
    CHECK(digest != fingerprint(sample(2.0, "")));
    CHECK(fingerprint(sample(2.0, std::nullopt)) != fingerprint(sample(2.0, "")));
}

TEST_CASE("fingerprint does not depend on slicing", "[data]") {
    const Table table = sample(std::nullopt, "b");
    const Table tail = table.slice(1, 2);
    const std::vector<std::optional<double>> numbers{std::nullopt, 3.0};
    const std::vector<std::optional<std::string>> texts{"b", "ö"};
    const std::vector<std::optional<bool>> flags{std::nullopt, false};
    const Table same(table.schema(), {Array::of(numbers), Array::of(texts), Array::of(flags)});
    CHECK(fingerprint(tail) == fingerprint(same));
    CHECK(fingerprint(table.slice(0, 0)) == fingerprint(Table::empty(table.schema())));
}

TEST_CASE("fingerprint leaves out the columns named", "[data]") {
    const std::vector<std::string> except{"x", "absent"};
    CHECK(fingerprint(sample(2.0, "b"), except) == fingerprint(sample(9.0, "b"), except));
    CHECK(fingerprint(sample(2.0, "b")) != fingerprint(sample(2.0, "b"), except));
}

TEST_CASE("fingerprint does not join neighbouring texts", "[data]") {
    const auto table = [](const std::string& a, const std::string& b) {
        const std::vector<std::string> texts{a, b};
        return Table(TableSchema{{.name = "t", .type = Type::Utf8}}, {Array::of_text(texts)});
    };
    CHECK(fingerprint(table("ab", "c")) != fingerprint(table("a", "bc")));
}
