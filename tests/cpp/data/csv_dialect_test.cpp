#include <zlib.h>
#include <zstd.h>

#include <cstring>

#include "assay/base/error.hpp"
#include "catch.hpp"
#include "data/csv_helpers.hpp"

namespace csv_test {
using Catch::Matchers::Contains;

namespace {

std::string gzip(std::string_view text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string zstd(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

std::string utf16le(std::string_view ascii) {
    std::string out;
    for (const char c : ascii) {
        out += c;
        out += '\0';
    }
    return out;
}

std::string many_rows(int rows) {
    std::string text = "id,value\n";
    for (int i = 0; i < rows; ++i) text += "p" + std::to_string(i) + "," + std::to_string(i % 97) + ".25\n";
    return text;
}

}  // namespace

TEST_CASE("csv dialect: delimiters are detected") {
    CHECK(detect_dialect("a;b;c\n1,5;2,5;3\n4,5;5,5;6\n").dialect.delimiter == ';');
    CHECK(detect_dialect("a\tb\n1,2\t3\n").dialect.delimiter == '\t');
    CHECK(detect_dialect("a|b|c\n1|2|3\n").dialect.delimiter == '|');
    CHECK(detect_dialect("a,b\n\"1;2;3\",4\n\"1;2;3\",4\n").dialect.delimiter == ',');
    const DetectedDialect one = detect_dialect("a\n1\n2\n");
    CHECK(one.dialect.delimiter == ',');
    REQUIRE(one.remarks.size() == 1);
    CHECK_THAT(one.remarks[0], Contains("one column"));
}

TEST_CASE("csv dialect: doubts are said") {
    const DetectedDialect two = detect_dialect("a,b;c\n1,2;3\n4,5;6\n");
    REQUIRE(two.remarks.size() == 1);
    CHECK_THAT(two.remarks[0], Contains("semicolon would give 2"));
    CHECK_THAT(detect_dialect("name,ward\nx,icu\n").remarks.at(0), Contains("every column holds text"));
}

TEST_CASE("csv dialect: header and its absence") {
    CHECK(detect_dialect("id,age\nx,4\n").dialect.has_header);
    const CsvResult result = read("M1,4,2024-01-01\nM2,5,2024-01-02\n");
    CHECK_FALSE(result.report.detected.dialect.has_header);
    CHECK(result.rows.num_rows() == 2);
    CHECK(result.rows.column("column_2").type() == Type::Int64);
}

TEST_CASE("csv dialect: preamble and footnotes are set apart and kept") {
    const CsvResult result =
        read("Ward 5 export\nprinted 2024-01-01\n\nid,hr\nx,70\ny,80\n\nTotal rows: 2\n* preliminary\n");
    CHECK(result.rows.num_rows() == 2);
    CHECK(result.report.rows_read == 2);
    CHECK(result.report.detected.dialect.preamble_lines == 3);
    CHECK(result.report.preamble == std::vector<std::string>{"Ward 5 export", "printed 2024-01-01", ""});
    CHECK(result.report.detected.dialect.footnote_lines == 3);
    CHECK(result.report.footnotes == std::vector<std::string>{"", "Total rows: 2", "* preliminary"});
    CHECK(result.rows.column("hr").type() == Type::Int64);
}

TEST_CASE("csv dialect: a row cut short is not a footnote") {
    const CsvResult result = read("id,hr\nx,70\ny,80\nM0001");
    CHECK(result.report.footnotes.empty());
    CHECK(rules_of(result) == std::vector<std::string>{"row.field_count"});
}

TEST_CASE("csv dialect: a given dialect is obeyed") {
    CsvOptions options;
    CsvDialect dialect;
    dialect.delimiter = '^';
    dialect.quote = '\'';
    dialect.has_header = false;
    dialect.preamble_lines = 1;
    dialect.footnote_lines = 1;
    options.dialect = dialect;
    const CsvResult result = read("title\n'a^b'^1\nc^2\nend\n", options);
    REQUIRE(result.rows.num_rows() == 2);
    CHECK(text_of(result.rows, "column_1", 0) == "a^b");
    CHECK(result.report.footnotes == std::vector<std::string>{"end"});
    CHECK(result.report.detected.dialect == dialect);
}

TEST_CASE("csv dialect: lines that end in CR alone") {
    const CsvResult result = read("a,b\r1,2\r3,4\r");
    CHECK(result.report.detected.dialect.newline == '\r');
    REQUIRE(result.rows.num_rows() == 2);
    CHECK(result.rows.column("b").get<std::int64_t>(1) == 4);
}

TEST_CASE("csv dialect: byte order marks and UTF-16") {
    CHECK(read("\xef\xbb\xbf"
               "a,b\n1,2\n")
              .rows.has_column("a"));
    const std::string little = utf16le("a,b\n1,x\n2,y\n");
    const CsvResult marked = read("\xff\xfe" + little);
    CHECK(marked.report.detected.dialect.encoding == Encoding::Utf16Le);
    CHECK(marked.rows.num_rows() == 2);
    CHECK(marked.rows.has_column("a"));
    CHECK(read(little).report.detected.dialect.encoding == Encoding::Utf16Le);
}

TEST_CASE("csv dialect: other encodings by name, original bytes in the quarantine") {
    CsvOptions options;
    options.encoding = encoding_from_name("CP949");
    // "name,n" with the Korean word for patient (U+D658 U+C790) in CP949.
    const std::string korean = "name,n\n\xc8\xaf\xc0\xda,1\n\xc8\xaf,2,3\n\xc8\xaf\xff,4\n";
    const CsvResult result = read(korean, options);
    REQUIRE(result.rows.num_rows() == 1);
    CHECK(text_of(result.rows, "name", 0) == "\xed\x99\x98\xec\x9e\x90");
    CHECK(rules_of(result) == std::vector<std::string>{"row.field_count", "row.encoding"});
    CHECK(text_of(result.rejected.table(), "raw", 0) == "\xc8\xaf,2,3");
    CHECK(text_of(result.rejected.table(), "raw", 1) == "\xc8\xaf\xff,4");
    options.encoding = Encoding::Latin1;
    CHECK(text_of(read("t,n\n37\xb0,1\n", options).rows, "t", 0) == "37\xc2\xb0");
    CHECK_THROWS_AS(encoding_from_name("klingon"), ValueError);
    CHECK(encoding_from_name("Windows_1252") == Encoding::Windows1252);
}

TEST_CASE("csv dialect: gzip of several members and zstd of several frames") {
    const std::string text = many_rows(30000);
    const CsvResult plain = read(text);
    const auto half = text.find('\n', text.size() / 2) - 3;
    const CsvResult gz = read(gzip(text.substr(0, half)) + gzip(text.substr(half)));
    CHECK(gz.rows.equals(plain.rows));
    const CsvResult zst = read(zstd(text.substr(0, half)) + zstd(text.substr(half)));
    CHECK(zst.rows.equals(plain.rows));
    CHECK(plain.rows.num_rows() == 30000);
}

TEST_CASE("csv dialect: compressed files cut short or damaged are errors that say where") {
    for (const std::string& packed : {gzip(many_rows(5000)), zstd(many_rows(5000))}) {
        const std::string cut = packed.substr(0, packed.size() - 20);
        try {
            read(cut);
            FAIL("no error");
        } catch (const IoError& error) {
            CHECK_THAT(error.what(), Contains("ends at byte " + std::to_string(cut.size())));
            CHECK_THAT(error.what(), Contains("cut short"));
        }
    }
    std::string damaged = gzip(many_rows(5000));
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
    CHECK_THROWS_AS(read(damaged), IoError);
}

}  // namespace csv_test
