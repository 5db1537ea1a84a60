#include "assay/tracking/rest/page.hpp"

#include <iterator>
#include <string>
#include <vector>

#include "catch.hpp"

namespace assay::tracking::rest {
namespace {

static_assert(std::input_iterator<PageRange<int>::Iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, PageRange<int>::Iterator>);

/// Pages by token: "" → first.
PageRange<int> range_of(std::vector<std::vector<int>> pages, std::vector<std::string>& asked) {
    return PageRange<int>([pages = std::move(pages), &asked](const std::string& token) {
        asked.push_back(token);
        const std::size_t at = token.empty() ? 0 : std::stoul(token);
        return Page<int>{pages[at], at + 1 < pages.size() ? std::to_string(at + 1) : ""};
    });
}

TEST_CASE("pages: all items in order, a page asked for when the one before is used up") {
    std::vector<std::string> asked;
    auto range = range_of({{1, 2}, {}, {3}}, asked);
    CHECK(asked.empty());
    std::vector<int> seen;
    for (const int item : range) {
        if (item == 2) CHECK(asked.size() == 1);
        seen.push_back(item);
    }
    CHECK(seen == std::vector{1, 2, 3});
    CHECK(asked == std::vector<std::string>{"", "1", "2"});
    CHECK(range.next() == std::nullopt);
    CHECK(asked.size() == 3);
}

TEST_CASE("pages: no item at all") {
    std::vector<std::string> asked;
    auto range = range_of({{}}, asked);
    CHECK(range.begin() == range.end());
    CHECK(range.next() == std::nullopt);
    CHECK(asked.size() == 1);
}

TEST_CASE("pages: a page that names itself as the next one ends in an error, not in a loop") {
    PageRange<int> range([](const std::string&) { return Page<int>{{1}, "x"}; });
    CHECK(range.next() == 1);
    CHECK_THROWS_AS(range.next(), UnexpectedAnswer);
}

TEST_CASE("pages: after a failure the same page is asked for again") {
    int calls = 0;
    PageRange<int> range([&](const std::string& token) -> Page<int> {
        if (token == "2" && ++calls == 1) throw HttpError("gone");
        return token.empty() ? Page<int>{{1}, "2"} : Page<int>{{2}, ""};
    });
    CHECK(range.next() == 1);
    CHECK_THROWS_AS(range.next(), HttpError);
    CHECK(range.next() == 2);
    CHECK(range.next() == std::nullopt);
}

}  // namespace
}  // namespace assay::tracking::rest
