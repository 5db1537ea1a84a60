#include "assay/models/text/wordpiece.hpp"

#include <fstream>

#include "assay/base/error.hpp"
#include "base/temporary_folder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {

// Ids are line numbers; none of them is the one that bert-base-uncased gives.
const char* const kVocabulary =
    "[PAD]\n[CLS]\n[SEP]\n[UNK]\n[MASK]\nfever\n##ish\n##s\npneumonia\n,\n.\n중\n中\ne\n##t\nfe\nfeverish\n한\n(\n)\n"
    "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB\ncafe\n'\nfi\n";

WordPiece made(const TemporaryFolder& folder, const std::string& vocabulary = kVocabulary) {
    std::ofstream(folder / "vocab.txt", std::ios::binary) << vocabulary;
    return WordPiece::from_vocabulary(folder / "vocab.txt");
}

std::string tokens(const WordPiece& pieces, std::string_view text) {
    std::string out;
    for (const std::int32_t id : pieces.encode(text, 1000)) out += (out.empty() ? "" : " ") + pieces.token(id);
    return out;
}

}  // namespace

TEST_CASE("wordpiece: the longest token first, then its continuations") {
    const TemporaryFolder folder;
    const WordPiece pieces = made(folder);
    CHECK(tokens(pieces, "Fever, FEVERS. feverishs") == "[CLS] fever , fever ##s . feverish ##s [SEP]");
    CHECK(tokens(pieces, "feverx") == "[CLS] [UNK] [SEP]");
    CHECK(tokens(pieces, "") == "[CLS] [SEP]");
    CHECK(tokens(pieces, " \t\r\n") == "[CLS] [SEP]");
    CHECK(pieces.padding_id() == 0);
    CHECK(pieces.vocabulary_size() == 24);
}

TEST_CASE("wordpiece: control characters vanish, accents fall off, CJK stands alone, Hangul comes apart") {
    const TemporaryFolder folder;
    const WordPiece pieces = made(folder);
    CHECK(tokens(pieces, std::string_view("fe\0ver\x7F", 7)) == "[CLS] fever [SEP]");
    CHECK(tokens(pieces, "fe\xEF\xBF\xBDver\xC2\x85 \xE2\x80\x8B") == "[CLS] fever [SEP]");
    CHECK(tokens(pieces, "Caf\xC3\x89 cafe\xCC\x81") == "[CLS] cafe cafe [SEP]");
    CHECK(tokens(pieces, "fever中fever") == "[CLS] fever 中 fever [SEP]");
    CHECK(tokens(pieces, "한") == "[CLS] \xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB [SEP]");
    CHECK(tokens(pieces, "fever\xC2\xA0(fever)") == "[CLS] fever ( fever ) [SEP]");
}

TEST_CASE("wordpiece: words of more than 100 characters are unknown") {
    const TemporaryFolder folder;
    const WordPiece pieces = made(folder, std::string(kVocabulary) + "##" + "e\n##\xC3\xB8\n\xC3\xB8\n");
    CHECK(pieces.encode(std::string(100, 'e'), 1000).size() == 102);
    CHECK(tokens(pieces, std::string(101, 'e')) == "[CLS] [UNK] [SEP]");
    std::string wide;
    for (int i = 0; i < 100; ++i) wide += "\xC3\xB8";  // 200 bytes, 100 characters
    CHECK(pieces.encode(wide, 1000).size() == 102);
    CHECK(tokens(pieces, wide + "\xC3\xB8") == "[CLS] [UNK] [SEP]");
}

TEST_CASE("wordpiece: special tokens in a text are themselves, in their own case only") {
    const TemporaryFolder folder;
    const WordPiece pieces = made(folder);
    CHECK(tokens(pieces, "fever[MASK]s[SEP]") == "[CLS] fever [MASK] [UNK] [SEP] [SEP]");
    CHECK(tokens(pieces, "[mask]") == "[CLS] [UNK] [UNK] [UNK] [SEP]");
}

TEST_CASE("wordpiece: truncation keeps the ends and tells what it left out") {
    const TemporaryFolder folder;
    const WordPiece pieces = made(folder);
    const TokenIds cut = pieces.tokenize("fever fever fever pneumonia", 5);
    CHECK(cut.ids == std::vector<std::int32_t>{1, 5, 5, 5, 2});
    CHECK(cut.left_out == 1);
    CHECK(pieces.tokenize("fever fever fever", 5).left_out == 0);
    CHECK(pieces.tokenize("fever", 2).ids == std::vector<std::int32_t>{1, 2});
    CHECK_THROWS_AS(pieces.tokenize("fever", 1), ValueError);
}

TEST_CASE("wordpiece: bytes that are no UTF-8 are dropped, wherever the text ends") {
    const TemporaryFolder folder;
    const WordPiece pieces = made(folder);
    for (const char* bad :
         {"\xFF", "\xC3", "\xE1\x84", "\xF0\x9F\xA4", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
        CHECK(tokens(pieces, std::string("fe") + bad + "ver") == "[CLS] fever [SEP]");
        CHECK(tokens(pieces, std::string("fever") + bad) == "[CLS] fever [SEP]");
    }
}

TEST_CASE("wordpiece: a vocabulary without a special token, or a cased one, is refused by name") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(made(folder, "[PAD]\n[UNK]\nfever\n"),
                      Catch::Matchers::Contains("expected a vocabulary with [CLS], got 3 tokens without it"));
    CHECK_THROWS_AS(WordPiece::from_vocabulary(folder / "none.txt"), IoError);
    std::ofstream(folder / "tokenizer_config.json") << R"({"do_lower_case": false})";
    CHECK_THROWS_WITH(made(folder), Catch::Matchers::Contains("expected an uncased vocabulary"));
    std::ofstream(folder / "tokenizer_config.json") << R"({"do_lower_case": true})";
    CHECK(made(folder, "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nfever\r\n").token(4) == "fever");
    CHECK_THROWS_AS(made(folder).token(24), ValueError);
}
