#include "assay/models/text/clean_text.hpp"

#include "catch.hpp"

using assay::models::clean_text;

TEST_CASE("clean text: white space becomes single spaces between words") {
    CHECK(clean_text("  chest \t\n X-ray\xC2\xA0 of\xE3\x80\x80\x74he  lung ") == "chest X-ray of the lung");
    CHECK(clean_text("") == "");
    CHECK(clean_text(" \r\n ") == "");
}

// Expected values: Python's html.unescape, twice.
TEST_CASE("clean text: HTML's character references are resolved twice") {
    CHECK(clean_text("SpO2 &lt; 90 &amp; pO2 &gt 60") == "SpO2 < 90 & pO2 > 60");
    CHECK(clean_text("&amp;lt;b&amp;gt;") == "<b>");
    CHECK(clean_text("caf&eacute; caf&#233; caf&#xE9; caf&#XE9") == "café café café café");
    CHECK(clean_text("&notit; &notin;") == "¬it; ∉");  // the longest name without its semicolon
    CHECK(clean_text("&NotEqualTilde;") == "\xE2\x89\x82\xCC\xB8");
    CHECK(clean_text("&CounterClockwiseContourIntegral;") == "∳");
    CHECK(clean_text("&nosuch; &; & &# &#x &#xg; &#;") == "&nosuch; &; & &# &#x &#xg; &#;");
    CHECK(clean_text("a&#0;b&#x80;c&#1;d&#xD800;e&#99999999999999999999;f&#xFFFF;g") ==
          "a\xEF\xBF\xBD"
          "b€cd\xEF\xBF\xBD"
          "e\xEF\xBF\xBD"
          "fg");
}

// Expected values: ftfy 6.
TEST_CASE("clean text: quotes, ligatures, widths and controls are written plainly") {
    CHECK(clean_text("“patient’s” ‘ﬁbrosis’ ﬄ") == "\"patient's\" 'fibrosis' ffl");
    CHECK(clean_text("ＣＴ　１２ ｶﾞ") == "CT 12 カ\xE3\x82\x99");
    CHECK(clean_text("\033[1;31mfever\033[0m \033[ x") == "fever [ x");
    CHECK(clean_text("fever\xC2\x85 \xC2\x93x") == "fever… \"x");
    CHECK(clean_text("&rdquo;&ffilig;") == "\"ffi");   // references come first
    CHECK(clean_text("<&rdquo;") == "<\xE2\x80\x9D");  // but not in HTML
    CHECK(clean_text("fe\x01\x0Bver\x7F\xEF\xBB\xBF") == "fever");
}

TEST_CASE("clean text: clean text stays, and broken UTF-8 is told by U+FFFD") {
    const char* const clean = "Tuberculosis 폐결핵 – 58 y, T 38.2 °C; naïve 中 🫁";
    CHECK(clean_text(clean) == clean);
    CHECK(clean_text("a\xFF") == "a\xEF\xBF\xBD");
}
