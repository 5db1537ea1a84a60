#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <nlohmann/json.hpp>

#include "assay/base/thread_pool.hpp"
#include "catch.hpp"
#include "data/csv_helpers.hpp"
#include "test_data.hpp"

namespace csv_test {

// The result must not depend on how a file is cut into blocks, on threads or on instruction sets.
namespace {

using detail::CsvKernel;

/// A text that meets every branch: quotes (well placed or not), line ends of all kinds, wrong field counts, non-ASCII.
std::string random_text(std::mt19937& random, bool well_formed) {
    static const char* const good[] = {"1",
                                       "72.5",
                                       "",
                                       "NA",
                                       "abc",
                                       "\"q\"",
                                       "\"a,b\"",
                                       "\"x\ny\"",
                                       "\"\"\"\"",
                                       "\"r\r\nn\"",
                                       "2024-01-01 00:00:00",
                                       "-0.0",
                                       "\xc3\xa4",
                                       "007",
                                       "\"\"",
                                       "123456789012"};
    static const char* const bad[] = {"\"open", "a\"b",  "\"j\"unk", "\xff",
                                      "\r",     "\"\"x", "x,y,z,w",  "a very long field of text that is long"};
    std::string text = "a,b,c\n";
    const auto pick = [&](auto& list) { return list[random() % std::size(list)]; };
    const auto rows = static_cast<unsigned>(random() % 60);
    for (unsigned row = 0; row < rows; ++row) {
        const auto fields = static_cast<unsigned>(!well_formed && random() % 8 == 0 ? random() % 5 : 3);
        for (unsigned i = 0; i < fields; ++i) {
            if (i > 0) text += ',';
            text += !well_formed && random() % 10 == 0 ? pick(bad) : pick(good);
        }
        text += random() % 5 == 0 ? "\r\n" : "\n";
    }
    if (random() % 3 == 0 && text.size() > 7) text.pop_back();
    return text;
}

std::vector<CsvKernel> kernels() {
    std::vector<CsvKernel> out;
    for (const CsvKernel kernel : {CsvKernel::Portable, CsvKernel::Avx2, CsvKernel::Avx512}) {
        if (detail::csv_kernel_supported(kernel)) out.push_back(kernel);
    }
    return out;
}

CsvOptions options_for(unsigned kind) {
    CsvOptions options;
    if (kind % 3 == 0) {
        options = with_schema({field("a", Type::Utf8, false), field("b", Type::Float64), field("c", Type::Utf8)});
    }
    if (kind % 3 == 1) options.infer_types = false;
    if (kind % 5 == 0) options.max_row_bytes = 20;
    CsvDialect dialect;
    if (kind % 2 == 0) options.dialect = dialect;
    return options;
}

struct Threads {
    explicit Threads(int count) : before(num_threads()) { set_num_threads(count); }
    ~Threads() { set_num_threads(before); }
    int before;
};

}  // namespace

TEST_CASE("csv engine: block size, kernel and threads do not change the result") {
    std::mt19937 random(20240101);
    for (unsigned trial = 0; trial < 300; ++trial) {
        const std::string text = random_text(random, trial % 3 == 0);
        const CsvOptions options = options_for(trial);
        const CsvResult whole = read_tuned(text, options, index{1} << 20, CsvKernel::Portable);
        CAPTURE(trial, text);
        REQUIRE(whole.rows.num_rows() + whole.rejected.num_rows() == whole.report.rows_read);
        for (const CsvKernel kernel : kernels()) {
            for (const index block : {1, 2, 3, 7, 16, 63, 64, 65, 200, 1000}) {
                const Threads threads(block % 2 == 0 ? 1 : 4);
                const CsvResult cut = read_tuned(text, options, block, kernel);
                CAPTURE(block, static_cast<int>(kernel));
                REQUIRE(cut.rejected.table().num_rows() == whole.rejected.table().num_rows());
                REQUIRE(same(cut, whole));
            }
        }
    }
}

TEST_CASE("csv engine: quarantined bytes and accepted fields rebuild the file") {
    std::mt19937 random(7);
    for (int trial = 0; trial < 200; ++trial) {
        const std::string text = random_text(random, false);
        const CsvResult result = read_tuned(text, options_for(4), 1 + static_cast<index>(random() % 100));
        const Table& table = result.rejected.table();
        for (index i = 0; i < table.num_rows(); ++i) {
            const auto at = static_cast<std::size_t>(*table.column("byte_offset").get<std::int64_t>(i));
            const std::string raw = text_of(table, "raw", i);
            CHECK(text.compare(at, raw.size(), raw) == 0);
            const auto newlines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
            CHECK(table.column("line").get<std::int64_t>(i) == newlines + 1);
        }
    }
}

TEST_CASE("csv engine: many blocks on several threads keep the order") {
    std::string text = "i,x,name\n";
    for (int i = 0; i < 200000; ++i) {
        text += std::to_string(i) + "," + std::to_string(i * 0.25) + ",name " + std::to_string(i) +
                (i % 1000 == 17 ? ",extra\n" : "\n");
    }
    const Threads threads(4);
    const CsvResult result = read_tuned(text, {}, 4096);
    REQUIRE(result.rows.num_rows() == 199800);
    CHECK(result.rejected.num_rows() == 200);
    index wrong = 0;
    index row = 0;
    for (int i = 0; i < 200000; ++i) {
        if (i % 1000 == 17) continue;
        wrong += result.rows.column("i").values<std::int64_t>()[static_cast<std::size_t>(row)] == i ? 0 : 1;
        wrong += result.rows.column("name").text(row) == "name " + std::to_string(i) ? 0 : 1;
        ++row;
    }
    CHECK(wrong == 0);
}

TEST_CASE("csv engine: a wrong guess late in a large file is taken back") {
    std::string text = "n,m\n";
    for (int i = 0; i < 300000; ++i) text += std::to_string(i) + ",1\n";
    text += "1.5,x\n";
    const CsvResult result = read(text);
    REQUIRE(result.rows.num_rows() == 300001);
    CHECK(result.rows.column("n").type() == Type::Float64);
    CHECK(result.rows.column("n").get<double>(300000) == 1.5);
    CHECK(result.rows.column("m").type() == Type::Utf8);
}

TEST_CASE("csv engine: csv-spectrum agrees with its JSON") {
    const auto folder = tests::shared_data("csv_spectrum");
    if (!folder) return;
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(*folder / "csvs")) {
        CAPTURE(entry.path().stem().string());
        std::ifstream stream(*folder / "json" / (entry.path().stem().string() + ".json"));
        const auto expected = nlohmann::json::parse(stream);
        CsvOptions options = as_text();
        options.null_values = {};
        const CsvResult result = read_csv(entry.path(), options);
        CHECK(result.rejected.num_rows() == 0);
        const auto rows = expected.is_array() ? expected : nlohmann::json::array({expected});
        REQUIRE(result.rows.num_rows() == static_cast<index>(rows.size()));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            for (const auto& [name, value] : rows[row].items()) {
                if (name == "Contact Phone Number") continue;  // its JSON holds another number than its CSV
                CHECK(text_of(result.rows, name, static_cast<index>(row)) == value.get<std::string>());
            }
        }
        ++files;
    }
    CHECK(files == 12);
}

}  // namespace csv_test
