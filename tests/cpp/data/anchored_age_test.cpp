#include "assay/data/anchored_age.hpp"

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

using Ages = std::vector<std::optional<std::int64_t>>;

constexpr std::int64_t kDay = 86'400'000'000;

}  // namespace

TEST_CASE("anchored_age counts calendar years from the anchor", "[data]") {
    // 1970-12-31, 1971-01-01, 1969-12-31 (before the epoch), none.
    const std::vector<std::optional<Timestamp>> times{Timestamp{364 * kDay}, Timestamp{365 * kDay}, Timestamp{-1},
                                                      std::nullopt};
    const Array ages =
        anchored_age(Array::of(times), Array::of(Ages{40, 40, 40, 40}), Array::of(Ages{1970, 1970, 1970, 1970}));
    CHECK(ages.get<std::int64_t>(0) == 40);
    CHECK(ages.get<std::int64_t>(1) == 41);
    CHECK(ages.get<std::int64_t>(2) == 39);
    CHECK(ages.is_null(3));
}

TEST_CASE("anchored_age is null without an anchor and before birth", "[data]") {
    const std::vector<std::optional<Timestamp>> times{Timestamp{0}, Timestamp{0}, Timestamp{0}};
    const Array ages =
        anchored_age(Array::of(times), Array::of(Ages{std::nullopt, 40, 5}), Array::of(Ages{1970, std::nullopt, 1980}));
    CHECK(ages.null_count() == 3);
    CHECK_THROWS_AS(anchored_age(Array::of(times), Array::of(Ages{1}), Array::of(Ages{1970})), ShapeError);
}
