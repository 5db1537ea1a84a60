#include "assay/models/search/exact_index.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/search/detail/search_path.hpp"

#include "search_data.hpp"

#include "catch.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <thread>

namespace assay::models {
namespace {

using namespace search_tests;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<std::string> all_paths() { return detail::search_paths(); }

TEST_CASE("search finds what sorting all scores finds") {
    for (const index dim : {1, 3, 16, 64, 100, 512}) {
        const std::vector<float> rows = random_rows(700, dim, 11);
        const std::vector<float> queries = random_rows(9, dim, 12);
        ExactIndex index_of(dim);
        index_of.add(rows);
        for (const index k : {1, 10, 700, 5000}) {
            const Matches got = index_of.search(queries, k);
            CHECK(got.per_query == std::min<index>(k, 700));
            require_same(got, brute_force(rows, queries, dim, k));
        }
    }
}

TEST_CASE("search gives the same bits on every path, at any number of threads and batch size") {
    const index dim = 96;
    const std::vector<float> rows = random_rows(20000, dim, 1);
    const std::vector<float> queries = random_rows(70, dim, 2);
    ExactIndex index_of(dim);
    index_of.add(rows);
    const Matches wanted = brute_force(rows, queries, dim, 10);
    const std::string before = detail::search_path();
    const int threads_before = num_threads();
    for (const std::string& path : all_paths()) {
        detail::use_search_path(path);
        for (const int threads : {1, 2, 3, 5}) {
            set_num_threads(threads);
            CAPTURE(path, threads);
            require_same(index_of.search(queries, 10), wanted);
            for (const index batch : {1, 2, 3, 6, 7, 13, 33}) {
                const std::span<const float> some(queries.data(), static_cast<std::size_t>(batch * dim));
                require_same(index_of.search(some, 10), first_queries(wanted, batch));
            }
        }
    }
    set_num_threads(threads_before);
    detail::use_search_path(before);
}

TEST_CASE("search with k above the number of rows gives all, in order, on every path") {
    const index dim = 33;
    const std::vector<float> rows = random_rows(150, dim, 17);
    const std::vector<float> queries = random_rows(20, dim, 18);
    ExactIndex index_of(dim);
    index_of.add(rows);
    const Matches wanted = brute_force(rows, queries, dim, 150);
    for (const std::string& path : all_paths()) {
        CAPTURE(path);
        const PathInUse use(path);
        require_same(index_of.search(queries, 151), wanted);
        require_same(index_of.search(queries, std::numeric_limits<index>::max()), wanted);
    }
}

TEST_CASE("search of many groups of duplicates gives the same on every path and at any number of threads") {
    // 40 vectors, 600 times each, over three segments: every answer is a tie, and k cuts groups in two.
    const index dim = 64;
    const std::vector<float> some = random_rows(40, dim, 19);
    std::vector<float> rows;
    for (int i = 0; i < 24000; ++i) {
        const auto first = some.begin() + (i * 7919 % 40) * dim;
        rows.insert(rows.end(), first, first + dim);
    }
    ExactIndex index_of(dim);
    index_of.add(rows);
    const Matches wanted = brute_force(rows, some, dim, 700);
    const int threads_before = num_threads();
    for (const std::string& path : all_paths()) {
        const PathInUse use(path);
        for (const int threads : {1, 2, 3}) {
            CAPTURE(path, threads);
            set_num_threads(threads);
            require_same(index_of.search(some, 700), wanted);
            require_same(index_of.search(std::span(some).first(2 * dim), 700), first_queries(wanted, 2));
        }
    }
    set_num_threads(threads_before);
}

TEST_CASE("search of duplicates gives the least ids") {
    const index dim = 64;
    const std::vector<float> one = random_rows(1, dim, 3);
    std::vector<float> rows;
    for (int i = 0; i < 3000; ++i) rows.insert(rows.end(), one.begin(), one.end());
    std::vector<std::int64_t> ids(3000);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(i * 1299709 % 3000) - 1500;
    ExactIndex index_of(dim);
    index_of.add(rows, ids);
    const Matches got = index_of.search(one, 5);
    CHECK(got.ids == std::vector<std::int64_t>{-1500, -1499, -1498, -1497, -1496});
}

TEST_CASE("search tells near ties apart by their scores") {
    // Rows that differ from one another by about 1e-7 in score.
    const index dim = 512;
    const std::vector<float> query = random_rows(1, dim, 4);
    std::vector<float> rows;
    for (int i = 0; i < 4000; ++i) {
        std::vector<float> row = query;
        row[static_cast<std::size_t>(i % dim)] += 1e-7f * static_cast<float>(i % 37 - 18);
        rows.insert(rows.end(), row.begin(), row.end());
    }
    ExactIndex index_of(dim);
    index_of.add(rows);
    for (const std::string& path : all_paths()) {
        CAPTURE(path);
        const PathInUse use(path);
        require_same(index_of.search(query, 50), brute_force(rows, query, dim, 50));
    }
}

TEST_CASE("search of tight clusters is exact where bounds exclude nothing") {
    const index dim = 128;
    std::vector<float> rows = random_rows(30000, dim, 5);
    const std::vector<float> centre = random_rows(1, dim, 6);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = centre[i % static_cast<std::size_t>(dim)] + 1e-4f * rows[i];
    const std::vector<float> queries(rows.begin(), rows.begin() + 40 * dim);
    ExactIndex index_of(dim);
    index_of.add(rows);
    const Matches wanted = brute_force(rows, queries, dim, 20);
    for (const std::string& path : all_paths()) {
        CAPTURE(path);
        const PathInUse use(path);
        const Matches got = index_of.search(queries, 20);
        require_same(got, wanted);
        CHECK(got.rescored > 40 * 20);
    }
}

TEST_CASE("search is exact for vectors of very different norms") {
    const index dim = 40;
    std::vector<float> rows = random_rows(2000, dim, 7);
    for (index i = 0; i < 2000; ++i) {
        const float factor = std::pow(10.0f, static_cast<float>(i % 15) - 7.0f);
        for (index j = 0; j < dim; ++j) rows[static_cast<std::size_t>(i * dim + j)] *= factor;
    }
    std::vector<float> queries = random_rows(6, dim, 8);
    for (index j = 0; j < dim; ++j) queries[static_cast<std::size_t>(j)] *= 1e-8f;
    for (index j = 0; j < dim; ++j) queries[static_cast<std::size_t>(dim + j)] *= 1e8f;
    ExactIndex index_of(dim);
    index_of.add(rows);
    for (const std::string& path : all_paths()) {
        CAPTURE(path);
        const PathInUse use(path);
        require_same(index_of.search(queries, 25), brute_force(rows, queries, dim, 25));
    }
}

TEST_CASE("search of rows with one large value is exact, though their codes are nearly all zero") {
    const index dim = 256;
    std::vector<float> rows = random_rows(3000, dim, 9);
    for (index i = 0; i < 3000; ++i) rows[static_cast<std::size_t>(i * dim + i % dim)] = 300.0f;
    const std::vector<float> queries = random_rows(4, dim, 10);
    ExactIndex index_of(dim);
    index_of.add(rows);
    for (const std::string& path : all_paths()) {
        CAPTURE(path);
        const PathInUse use(path);
        require_same(index_of.search(queries, 10), brute_force(rows, queries, dim, 10));
    }
}

TEST_CASE("the score is the inner product, rounded once") {
    ExactIndex index_of(3);
    index_of.add(std::vector<float>{1.0f, 1e-8f, -1.0f});
    const Matches got = index_of.search(std::vector<float>{1.0f, 1.0f, 1.0f}, 1);
    CHECK(got.scores.at(0) == 1e-8f);  // float32 sums give 0
}

TEST_CASE("search_range gives every row that reaches the score") {
    const index dim = 64;
    const std::vector<float> rows = random_rows(12000, dim, 13);
    const std::vector<float> queries = random_rows(5, dim, 14);
    ExactIndex index_of(dim);
    index_of.add(rows);
    const Matches all = brute_force(rows, queries, dim, 12000);
    for (const float least : {0.2f, all.scores[3], -2.0f, 2.0f}) {
        for (const std::string& path : all_paths()) {
            CAPTURE(path, least);
            const PathInUse use(path);
            const RangeMatches got = index_of.search_range(queries, least);
            REQUIRE(got.offsets.size() == 6);
            for (index q = 0; q < 5; ++q) {
                const auto first = all.scores.begin() + q * 12000;
                const index count = std::count_if(first, first + 12000, [=](float s) { return s >= least; });
                const index at = got.offsets[static_cast<std::size_t>(q)];
                REQUIRE(got.offsets[static_cast<std::size_t>(q + 1)] - at == count);
                CHECK(std::equal(got.ids.begin() + at, got.ids.begin() + at + count, all.ids.begin() + q * 12000));
            }
        }
    }
    CHECK_THROWS_AS(index_of.search_range(queries, std::nanf("")), ValueError);
    CHECK_THROWS_AS(index_of.search_range(queries, -kInfinity), ValueError);
}

TEST_CASE("an empty index has no matches") {
    ExactIndex index_of(8);
    const std::vector<float> query = random_rows(2, 8, 15);
    const Matches got = index_of.search(query, 3);
    CHECK(got.queries == 2);
    CHECK(got.per_query == 0);
    CHECK(got.ids.empty());
    CHECK(index_of.search_range(query, 0.0f).offsets == std::vector<index>{0, 0, 0});
    index_of.add({});
    CHECK(index_of.size() == 0);
    CHECK(index_of.search({}, 3).queries == 0);
}

TEST_CASE("vectors that have no direction are refused by row, and nothing is added") {
    ExactIndex index_of(4);
    std::vector<float> rows = random_rows(3, 4, 16);
    const auto refused = [&](float value, const char* text) {
        std::vector<float> bad = rows;
        if (value == 0) std::fill(bad.begin() + 4, bad.begin() + 8, 0.0f);
        bad[5] = value;
        CHECK_THROWS_WITH(index_of.add(bad), Catch::Matchers::Contains(text));
        CHECK(index_of.size() == 0);
    };
    refused(std::nanf(""), "add: expected finite values, got NaN in row 1");
    refused(kInfinity, "got an infinite one in row 1");
    refused(-kInfinity, "got an infinite one in row 1");
    refused(0, "got zeros in row 1");
    refused(2e9f, "at most 1e9");
    CHECK_THROWS_AS(index_of.add(std::vector<float>{1e-12f, 0, 0, 0}), ValueError);
    CHECK_THROWS_AS(index_of.add(std::vector<float>(7, 1.0f)), ShapeError);
    index_of.add(rows);
    CHECK_THROWS_WITH(index_of.search(std::vector<float>(4, 0.0f), 1), Catch::Matchers::Contains("search: expected"));
    CHECK_THROWS_AS(index_of.search(std::vector<float>(5, 1.0f), 1), ShapeError);
    CHECK_THROWS_AS(index_of.search(rows, 0), ValueError);
    CHECK_THROWS_AS(ExactIndex(0), ValueError);
    CHECK_THROWS_AS(ExactIndex(65537), ValueError);
}

TEST_CASE("searches run beside one another and beside changes") {
    const index dim = 32;
    const std::vector<float> rows = random_rows(10000, dim, 37);
    std::vector<float> opposite(rows.begin(), rows.begin() + 100 * dim);
    for (float& value : opposite) value = -value;
    const std::vector<float> queries(rows.begin(), rows.begin() + 6 * dim);
    ExactIndex index_of(dim);
    index_of.add(rows);
    const Matches wanted = index_of.search(queries, 1);
    std::atomic<int> wrong{0};
    const auto work = [&] {
        for (int i = 0; i < 10; ++i) wrong += index_of.search(queries, 1).ids != wanted.ids ? 1 : 0;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(work);
    for (std::int64_t i = 0; i < 10; ++i) {
        std::vector<std::int64_t> ids(100);
        std::iota(ids.begin(), ids.end(), 10000 + 100 * i);
        index_of.add(opposite, ids);
        CHECK(index_of.remove(ids) == 100);
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(index_of.size() == 10000);
}

TEST_CASE("sums over codes hold at the largest dimension") {
    const index dim = 65536;
    const std::vector<float> ones(static_cast<std::size_t>(dim), 1.0f);
    std::vector<float> rows = ones;
    for (const float value : ones) rows.push_back(-value);
    std::vector<float> queries = rows;
    queries.insert(queries.end(), ones.begin(), ones.end());
    ExactIndex index_of(dim);
    index_of.add(rows);
    for (const std::string& path : all_paths()) {
        CAPTURE(path);
        const PathInUse use(path);
        CHECK(index_of.search(queries, 1).ids == std::vector<std::int64_t>{0, 1, 0});
        CHECK(index_of.search(ones, 2).scores == std::vector<float>{65536.0f, -65536.0f});
    }
}

}  // namespace
}  // namespace assay::models
