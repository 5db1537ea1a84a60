#include "assay/tracking/detail/alias_history.hpp"

#include <algorithm>

#include "catch.hpp"

using assay::tracking::detail::AliasChange;
using assay::tracking::detail::AliasHistory;
using Kind = AliasChange::Kind;

namespace {

AliasChange change(const char* id, Kind kind, std::int64_t version, std::int64_t at) {
    return {id, kind, version, at, "made-up user", "made-up reason", false};
}

std::int64_t version_after(const std::vector<AliasChange>& changes) {
    AliasHistory history;
    for (const auto& each : changes) history.add(each);
    return history.version().value_or(0);
}

}  // namespace

TEST_CASE("an alias goes to what it was last promoted to, and back one by one", "[tracking]") {
    AliasHistory history;
    CHECK_FALSE(history.version().has_value());
    CHECK_FALSE(history.can_roll_back());
    history.add(change("a", Kind::promote, 1, 10));
    CHECK_FALSE(history.can_roll_back());
    history.add(change("b", Kind::promote, 2, 20));
    history.add(change("c", Kind::promote, 2, 25));  // the same again is no step to go back to
    history.add(change("d", Kind::promote, 3, 30));
    CHECK(history.version() == 3);
    history.add(change("e", Kind::rollback, 0, 40));
    CHECK(history.version() == 2);
    history.add(change("f", Kind::rollback, 0, 50));
    CHECK(history.version() == 1);
    CHECK_FALSE(history.can_roll_back());
    history.add(change("g", Kind::rollback, 0, 60));
    CHECK(history.version() == 1);
}

TEST_CASE("changes may arrive in any order, and twice", "[tracking]") {
    std::vector<AliasChange> changes{change("a", Kind::promote, 1, 10),  change("b", Kind::promote, 2, 20),
                                     change("c", Kind::rollback, 0, 30), change("d", Kind::found, 5, 40),
                                     change("e", Kind::promote, 3, 50),  change("f", Kind::rollback, 0, 60)};
    std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
    do {
        std::vector<AliasChange> shuffled;
        for (const auto i : order) shuffled.push_back(changes[i]);
        shuffled.push_back(changes[order[0]]);
        REQUIRE(version_after(shuffled) == 5);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a history is read as it was written", "[tracking]") {
    AliasHistory history;
    history.add(change("a", Kind::promote, 1, 10));
    history.add(change("b", Kind::rollback, 0, 20));
    history.add(change("c", Kind::found, 7, 30));
    history.mark_done();
    history.add(change("d", Kind::promote, 8, 40));
    const auto again = AliasHistory::parse(history.to_json());
    CHECK(again.changes() == history.changes());
    REQUIRE(again.find("d") != nullptr);
    CHECK_FALSE(again.find("d")->done);
    CHECK(again.find("c")->done);
    CHECK(again.find("x") == nullptr);
}

TEST_CASE("what is no history is an empty one", "[tracking]") {
    for (const char* text : {"", "null", "3", "[1]", "[{}]", R"([{"id": 1}])", "[", R"({"id": "a"})"}) {
        CHECK(AliasHistory::parse(text).changes().empty());
    }
}

TEST_CASE("a history keeps within its tag: the oldest changes go first", "[tracking]") {
    AliasHistory history;
    for (int i = 1; i <= 500; ++i) history.add(change(std::to_string(i).c_str(), Kind::promote, i, i));
    const std::string text = history.to_json(10'000);
    CHECK(text.size() <= 10'000);
    const auto kept = AliasHistory::parse(text);
    CHECK(kept.changes().size() > 50);
    CHECK(kept.changes().back() == history.changes().back());
    CHECK(kept.version() == 500);
    CHECK(AliasHistory::parse(history.to_json(1)).changes().size() == 1);
    // What was left out is not missing; what is younger than that would be.
    const auto again = AliasHistory::parse(kept.to_json());
    CHECK(again.may_have_forgotten(again.changes().front().at));
    CHECK_FALSE(again.may_have_forgotten(again.changes().front().at + 1));
    CHECK_FALSE(AliasHistory::parse(history.to_json()).may_have_forgotten(1));
    CHECK_FALSE(AliasHistory().may_have_forgotten(1));
}
