#include "assay/base/crc32c.hpp"
#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/models/search/exact_index.hpp"

#include "search_data.hpp"

#include "catch.hpp"

#include <cstring>
#include <filesystem>
#include <limits>
#include <string>

namespace assay::models {
namespace {

using namespace search_tests;
namespace fs = std::filesystem;

class Folder {
  public:
    Folder() : path_(fs::temp_directory_path() / ("assay-search-" + std::to_string(std::random_device{}()))) {
        fs::create_directory(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path operator/(const char* name) const { return path_ / name; }

  private:
    fs::path path_;
};

std::vector<float> without(const std::vector<float>& rows, index dim, const std::vector<std::int64_t>& kept) {
    std::vector<float> out;
    for (const std::int64_t i : kept) out.insert(out.end(), rows.begin() + i * dim, rows.begin() + (i + 1) * dim);
    return out;
}

TEST_CASE("removed rows are not found, and the rest as before") {
    const index dim = 32;
    const std::vector<float> rows = random_rows(9000, dim, 21);
    const std::vector<float> queries = random_rows(4, dim, 22);
    ExactIndex index_of(dim);
    index_of.add(rows);
    std::vector<std::int64_t> gone, kept;
    for (std::int64_t i = 0; i < 9000; ++i) (i % 3 == 1 ? gone : kept).push_back(i);
    CHECK(index_of.remove(gone) == 3000);
    CHECK(index_of.remove(gone) == 0);
    CHECK(index_of.size() == 6000);
    CHECK(index_of.ids() == kept);
    CHECK(index_of.contains(0));
    CHECK_FALSE(index_of.contains(1));
    Matches wanted = brute_force(without(rows, dim, kept), queries, dim, 15);
    for (std::int64_t& id : wanted.ids) id = kept[static_cast<std::size_t>(id)];
    require_same(index_of.search(queries, 15), wanted);
    CHECK(index_of.search(queries, 9000).per_query == 6000);

    // An id that was removed may come back, with another vector and out of order.
    index_of.add(std::span<const float>(queries.data(), 32), std::vector<std::int64_t>{1});
    CHECK(index_of.search(std::span<const float>(queries.data(), 32), 1).ids.at(0) == 1);
    CHECK(index_of.remove(std::vector<std::int64_t>{1}) == 1);
    require_same(index_of.search(queries, 15), wanted);
}

TEST_CASE("ids are unique") {
    ExactIndex index_of(2);
    const std::vector<float> two{1, 0, 0, 1};
    index_of.add(two, std::vector<std::int64_t>{7, 3});
    CHECK_THROWS_WITH(index_of.add(two, std::vector<std::int64_t>{4, 3}), Catch::Matchers::Contains("row 1"));
    CHECK_THROWS_AS(index_of.add(two, std::vector<std::int64_t>{9, 9}), ValueError);
    CHECK_THROWS_AS(index_of.add(two, std::vector<std::int64_t>{9}), ShapeError);
    CHECK(index_of.size() == 2);
    index_of.add(two);
    CHECK(index_of.ids() == std::vector<std::int64_t>{7, 3, 8, 9});
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    index_of.add(two, std::vector<std::int64_t>{most, std::numeric_limits<std::int64_t>::min()});
    CHECK(index_of.contains(most));
    CHECK_THROWS_AS(index_of.add(two), ValueError);
    CHECK_THROWS_AS(index_of.add(std::vector<float>{1, 1}, std::vector<std::int64_t>{most}), ValueError);
}

TEST_CASE("a filter admits rows by their place") {
    const index dim = 24;
    const std::vector<float> rows = random_rows(10000, dim, 23);
    const std::vector<float> queries = random_rows(3, dim, 24);
    ExactIndex index_of(dim);
    index_of.add(rows);
    index_of.remove(std::vector<std::int64_t>{0, 5000, 9999});
    const std::vector<std::int64_t> ids = index_of.ids();
    for (const std::int64_t step : {2, 97, 4000}) {
        std::vector<std::uint8_t> bits(ids.size() / 8 + 1);
        std::vector<std::int64_t> kept;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (ids[i] % step != 0) continue;
            data::set_bit(bits.data(), static_cast<index>(i));
            kept.push_back(ids[i]);
        }
        Matches wanted = brute_force(without(rows, dim, kept), queries, dim, 10);
        Matches everything = brute_force(without(rows, dim, kept), queries, dim, 10000);
        for (std::int64_t& id : wanted.ids) id = kept[static_cast<std::size_t>(id)];
        for (std::int64_t& id : everything.ids) id = kept[static_cast<std::size_t>(id)];
        const data::BitmapView filter(bits.data(), 0, static_cast<index>(ids.size()));
        for (const std::string& path : detail::search_paths()) {
            CAPTURE(step, path);
            const PathInUse use(path);
            require_same(index_of.search(queries, 10, filter), wanted);
            require_same(index_of.search(queries, 10000, filter), everything);
        }
    }
    const std::vector<std::uint8_t> none(ids.size() / 8 + 1);
    const data::BitmapView nothing(none.data(), 0, static_cast<index>(ids.size()));
    CHECK(index_of.search(queries, 10, nothing).per_query == 0);
    CHECK(index_of.search_range(queries, -2, nothing).ids.empty());
    CHECK_THROWS_AS(index_of.search(queries, 10, data::BitmapView(none.data(), 0, 5)), ShapeError);
}

TEST_CASE("a saved index is mapped with the same answers, and grows") {
    const Folder folder;
    const index dim = 48;
    for (const index n : {0, 1, 64, 65, 8192, 8193, 17000}) {
        CAPTURE(n);
        const std::vector<float> rows = random_rows(n, dim, 25);
        const std::vector<float> more = random_rows(100, dim, 26);
        const std::vector<float> queries = random_rows(3, dim, 27);
        ExactIndex index_of(dim);
        index_of.add(rows);
        index_of.save(folder / "index");
        ExactIndex opened = ExactIndex::open(folder / "index");
        CHECK(opened.dim() == dim);
        CHECK(opened.ids() == index_of.ids());
        if (n > 0) require_same(opened.search(queries, 12), index_of.search(queries, 12));
        opened.add(more);
        index_of.add(more);
        require_same(opened.search(queries, 12), index_of.search(queries, 12));
        const std::vector<std::int64_t> some{0, n / 2, n + 5};
        CHECK(opened.remove(some) == index_of.remove(some));
        require_same(opened.search(queries, 12), index_of.search(queries, 12));
        opened.save(folder / "index");  // over the file that it maps
        const ExactIndex again = ExactIndex::open(folder / "index", false);
        CHECK(again.ids() == index_of.ids());
        require_same(again.search(queries, 12), index_of.search(queries, 12));
    }
}

TEST_CASE("the same index is the same file, and remembers which ids were given") {
    const Folder folder;
    ExactIndex a(5), b(5);
    const std::vector<float> rows = random_rows(300, 5, 28);
    a.add(rows);
    b.add(std::span<const float>(rows.data(), 35));
    b.add(std::span<const float>(rows.data() + 35, rows.size() - 35));
    a.save(folder / "a");
    b.save(folder / "b");
    CHECK(read_file(folder / "a") == read_file(folder / "b"));
    a.remove(std::vector<std::int64_t>{299});
    a.save(folder / "a");
    ExactIndex opened = ExactIndex::open(folder / "a");
    opened.add(std::span<const float>(rows.data(), 5));
    CHECK(opened.ids().back() == 300);
}

TEST_CASE("saved indexes merge into one that answers as if all rows had been added to it") {
    const Folder folder;
    const index dim = 32;
    const std::vector<float> rows = random_rows(20000, dim, 31);
    const std::vector<float> queries = random_rows(5, dim, 32);
    ExactIndex whole(dim), first(dim), second(dim);
    std::vector<std::int64_t> ids(20000);
    std::iota(ids.begin(), ids.end(), 0);
    whole.add(rows);
    first.add(std::span(rows).first(9001 * dim), std::span<const std::int64_t>(ids).first(9001));
    second.add(std::span(rows).subspan(9001 * dim), std::span<const std::int64_t>(ids).subspan(9001));
    whole.save(folder / "whole");
    first.save(folder / "first");
    second.save(folder / "second");
    const std::vector<fs::path> parts{folder / "first", folder / "second"};
    ExactIndex::merge(parts, folder / "merged");
    CHECK(read_file(folder / "merged") == read_file(folder / "whole"));
    const std::vector<fs::path> twice{folder / "first", folder / "first"};
    CHECK_THROWS_AS(ExactIndex::merge(twice, folder / "merged"), ValueError);
    CHECK_THROWS_AS(ExactIndex::merge({}, folder / "merged"), ValueError);
    ExactIndex(dim + 1).save(folder / "other");
    const std::vector<fs::path> unlike{folder / "first", folder / "other"};
    CHECK_THROWS_AS(ExactIndex::merge(unlike, folder / "merged"), ShapeError);
    require_same(ExactIndex::open(folder / "merged").search(queries, 8), whole.search(queries, 8));
}

TEST_CASE("a damaged file is refused, wherever the damage is") {
    const Folder folder;
    ExactIndex index_of(16);
    index_of.add(random_rows(200, 16, 29));
    index_of.save(folder / "good");
    const std::string good = read_file(folder / "good");
    const auto refused = [&](const std::string& bytes, bool verify) {
        write_file_atomic(folder / "bad", bytes);
        CHECK_THROWS_AS(ExactIndex::open(folder / "bad", verify), IoError);
    };
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{7}, std::size_t{4095}, std::size_t{4096}, good.size() / 2, good.size() - 1}) {
        refused(good.substr(0, size), false);
    }
    refused(good + 'x', false);
    for (std::size_t at = 0; at < 44; ++at) {  // the header
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x40);
        refused(bad, false);
    }
    for (std::size_t at = 4096; at < good.size(); at += 997) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        refused(bad, true);
    }
    std::string bad = good;  // a bound that is NaN, in a file that is not verified
    std::fill_n(bad.begin() + 4096 + 8 * 256 + 4 * 256, 4, '\xff');
    refused(bad, false);
    CHECK_THROWS_AS(ExactIndex::open(folder / "missing"), IoError);
    CHECK_THROWS_AS(index_of.save(folder / "no/such/folder"), IoError);
}

/// A file with one field of its header replaced and the checksum of the header made to fit.
template <class T>
std::string with_field(std::string bytes, std::size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
    const std::uint32_t crc = crc32c(std::string_view(bytes).substr(0, 40));
    std::memcpy(bytes.data() + 40, &crc, sizeof crc);
    return bytes;
}

TEST_CASE("a header that lies with a sound checksum is refused") {
    const Folder folder;
    ExactIndex index_of(16);
    index_of.add(random_rows(200, 16, 33));
    index_of.save(folder / "good");
    const std::string good = read_file(folder / "good");
    const auto refused = [&](const std::string& bytes) {
        write_file_atomic(folder / "bad", bytes);
        CHECK_THROWS_AS(ExactIndex::open(folder / "bad", false), IoError);
        const std::vector<fs::path> parts{folder / "bad"};
        CHECK_THROWS_AS(ExactIndex::merge(parts, folder / "merged"), IoError);
    };
    for (const std::uint32_t version : {0u, 2u, 0xffffffffu}) refused(with_field(good, 8, version));
    for (const std::uint32_t dim : {0u, 17u, 65u, 65536u, 65537u, 0xffffffffu}) {
        refused(with_field(good, 12, dim));
    }
    const std::uint64_t one = 1;
    for (const std::uint64_t rows : {one * 0, one, one * 127, one * 300, one * 8192, one << 31, (one << 32) - 1,
                                     one << 32, one << 56, one << 63, ~(one * 0)}) {
        refused(with_field(good, 16, rows));
    }
    for (const std::uint32_t rows : {0u, 1u, 64u, 0xffffffffu}) refused(with_field(good, 32, rows));
    refused(with_field(good, 36, std::uint32_t{7}));
    // What the size of the file leaves open: rows of padding have an id twice; shorter vectors and the next id are
    // safe.
    write_file_atomic(folder / "other", with_field(good, 16, one * 256));
    CHECK_THROWS_AS(ExactIndex::open(folder / "other"), IoError);
    CHECK(ExactIndex::open(folder / "other", false).search(random_rows(3, 16, 36), 256).per_query == 256);
    write_file_atomic(folder / "other", with_field(good, 12, 1u));
    CHECK(ExactIndex::open(folder / "other").search(std::vector<float>{1}, 200).per_query == 200);
    write_file_atomic(folder / "other", with_field(good, 24, std::numeric_limits<std::int64_t>::min()));
    CHECK(ExactIndex::open(folder / "other").size() == 200);
    write_file_atomic(folder / "other", with_field(good, 24, std::numeric_limits<std::int64_t>::max()));
    ExactIndex last = ExactIndex::open(folder / "other");
    last.add(random_rows(1, 16, 34));
    CHECK_THROWS_AS(last.add(random_rows(1, 16, 34)), ValueError);
    CHECK_FALSE(fs::exists(folder / "merged"));
}

TEST_CASE("a file with an id twice is refused, though all its checksums fit") {
    const Folder folder;
    ExactIndex index_of(16);
    index_of.add(random_rows(10, 16, 35));
    index_of.save(folder / "file");
    std::string bytes = read_file(folder / "file");
    const std::size_t end = bytes.size() - 4;  // one segment: one checksum
    bytes[4096 + 8] = 5;                       // the id of row 1
    const std::uint32_t segment = crc32c(std::string_view(bytes).substr(4096, end - 4096));
    std::memcpy(bytes.data() + end, &segment, sizeof segment);
    const std::uint32_t checksums = crc32c(std::string_view(bytes).substr(end));
    write_file_atomic(folder / "file", with_field(bytes, 36, checksums));
    CHECK_THROWS_WITH(ExactIndex::open(folder / "file"), Catch::Matchers::Contains("ids that are there once"));
}

TEST_CASE("a row that became NaN in a file that was not verified is no answer") {
    const Folder folder;
    ExactIndex index_of(16);
    const std::vector<float> rows = random_rows(10, 16, 30);
    index_of.add(rows);
    index_of.save(folder / "file");
    std::string bytes = read_file(folder / "file");
    const std::size_t vectors = 4096 + 4096 + 4096;  // header, terms, codes
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(vectors), 4, '\xff');
    write_file_atomic(folder / "file", bytes);
    const ExactIndex opened = ExactIndex::open(folder / "file", false);
    const RangeMatches all = opened.search_range(std::span<const float>(rows.data(), 16), -2);
    CHECK(all.ids.size() == 9);
    CHECK_THROWS_WITH(opened.search(std::span<const float>(rows.data(), 16), 10),
                      Catch::Matchers::Contains("not finite"));
}

}  // namespace
}  // namespace assay::models
