#include "assay/data/deid/identifier_scan.hpp"

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

std::string cleaned(std::string_view text, const KnownIdentifiers& known = {}) {
    return redact(text, find_identifiers(text, known));
}

}  // namespace

// All persons, numbers and addresses are made up.

TEST_CASE("identifier scan: by their form", "[deid]") {
    CHECK(cleaned("mail jane.roe@example.org today") == "mail [EMAIL] today");
    CHECK(cleaned("see https://example.org/p?id=7 and www.example.org/x") == "see [URL] and [URL]");
    CHECK(cleaned("from 192.168.0.17, 2001:db8::1 and fe80:0:0:0:1:2:3:4") == "from [IP], [IP] and [IP]");
    CHECK(cleaned("SSN 078-05-1120, again 078-05-1120") == "SSN [SSN], again [SSN]");
    CHECK(cleaned("call (617) 555-0123 or 617-555-0123 or +1 617.555.0123 x12") ==
          "call [PHONE] or [PHONE] or [PHONE]");
    CHECK(cleaned("from +44 20 7946 0018 today") == "from [PHONE] today");
    CHECK(cleaned("card 4111 1111 1111 1111") == "card [ACCOUNT]");
    CHECK(cleaned("insured 1EG4-TE5-MK73") == "insured [HEALTH_PLAN]");
    CHECK(cleaned("port 00:1B:44:11:3A:B7") == "port [DEVICE]");
}

TEST_CASE("identifier scan: dates in many forms, years alone stay", "[deid]") {
    for (const char* date :
         {"2024-03-05", "2024-03-05T14:30:00Z", "03/05/2024", "5.3.24", "20240305", "20240305143000", "March 5, 2024",
          "Mar 5", "5 March 2024", "5th of March", "05-Mar-2024", "March 2024", "Sept. 12, 2023"}) {
        INFO(date);
        CHECK(cleaned("seen " + std::string(date) + " again") == "seen [DATE] again");
    }
    CHECK(cleaned("since 3/5 better") == "since [DATE] better");
    for (const char* none : {"since 2024", "BP 120/80", "pain 5/10", "ratio 1.2.3", "she may return",
                             "glucose 105.6 mg/dL", "K 4.1, Na 140", "12:30", "INR 2.5-3.5", "March of progress"}) {
        INFO(none);
        CHECK(cleaned(none) == none);
    }
}

TEST_CASE("identifier scan: by the word before them", "[deid]") {
    CHECK(cleaned("MRN: 00123456, Account #A-77812") == "MRN: [MRN], Account #[ACCOUNT]");
    CHECK(cleaned("Medical record number 8812-A") == "Medical record number [MRN]");
    CHECK(cleaned("Fax: 617 555 0199") == "Fax: [FAX]");
    CHECK(cleaned("member id XYZ123, policy no. 99-812") == "member id [HEALTH_PLAN], policy no. [HEALTH_PLAN]");
    CHECK(cleaned("driver's license D1234567; license plate 7ABC123") ==
          "driver's license [LICENCE]; license plate [VEHICLE]");
    CHECK(cleaned("VIN 1HGCM82633A004352") == "VIN [VEHICLE]");
    CHECK(cleaned("pacemaker serial number PJN-20771") == "pacemaker serial number [DEVICE]");
    CHECK(cleaned("lives at 42 Old Mill Road, Apt 3b, Springfield, MA 01101") == "lives at [ADDRESS], [ADDRESS]");
    CHECK(cleaned("P.O. Box 771") == "[ADDRESS]");
    CHECK(cleaned("a 92-year-old, her aunt aged 101, her son 61 years") ==
          "a [AGE]-year-old, her aunt aged [AGE], her son 61 years");
    CHECK(cleaned("case of pneumonia, patient in bed, order more tests, device works") ==
          "case of pneumonia, patient in bed, order more tests, device works");
}

TEST_CASE("identifier scan: names", "[deid]") {
    CHECK(cleaned("Dr. Maria Öberg-Lund and Mr Ng agree") == "Dr. [NAME] and Mr [NAME] agree");
    CHECK(cleaned("Patient name: John Q. Sample, stable") == "Patient name: [NAME], stable");
    CHECK(cleaned("her husband Tomas drove") == "her husband [NAME] drove");
    CHECK(cleaned("signed by Ann Sample, MD") == "signed by [NAME], MD");
    CHECK(cleaned("Rose feels better", {.names = {"Rose Sample"}, .ids = {}}) == "[NAME] feels better");
    CHECK(cleaned("SAMPLE, rose: rosewater", {.names = {"Rose Sample"}, .ids = {}}) == "[NAME], [NAME]: rosewater");
    CHECK(cleaned("An apple for An", {.names = {"An Li"}, .ids = {}}) == "[NAME] apple for [NAME]");
    CHECK(cleaned("an apple", {.names = {"An"}, .ids = {}}) == "an apple");
    CHECK(cleaned("result of m00001 late, M000012 not", {.names = {}, .ids = {"M00001", "12"}}) ==
          "result of [ID] late, M000012 not");
}

TEST_CASE("identifier scan: known names beside and in what is not ASCII", "[deid]") {
    const KnownIdentifiers smith{.names = {"Smith"}, .ids = {"12345", "MRN-77-A"}};
    CHECK(cleaned("Smith’s, patient—Smith—was, Smith\u00A0today", smith) ==
          "[NAME]’s, patient—[NAME]—was, [NAME]\u00A0today");
    CHECK(cleaned("„Smith“ «SMITH» Smith… ·smith· 🙂Smith", smith) ==
          "„[NAME]“ «[NAME]» [NAME]… ·[NAME]· 🙂[NAME]");
    CHECK(cleaned("Ｓｍｉｔｈ Smi\u00ADth Smith\u200Btoday Smith\u0332 smıth", smith) ==
          "[NAME] [NAME] [NAME]\u200Btoday [NAME] [NAME]");
    CHECK(cleaned("Smithé Smithe\u0301 éSmith Smithю Goldsmith", smith) ==
          "Smithé Smithe\u0301 éSmith Smithю Goldsmith");
    CHECK(cleaned("Smith\xff", smith) == "[NAME]\xff");
    CHECK(cleaned("code 12345–done, nr１２３４５, №12345 x12345", smith) ==
          "code [ID]–done, nr１２３４５, №[ID] x12345");
    CHECK(cleaned("Smith™ Smith² 12345½", smith) == "[NAME]™ [NAME]² [ID]½");
    CHECK(cleaned("code １２３４５: mrn‑77–a", smith) == "code [ID]: [ID]");
}

TEST_CASE("identifier scan: known names in either case and form", "[deid]") {
    const auto without = [](std::string_view text, const char* name) {
        return cleaned(text, {.names = {name}, .ids = {}});
    };
    CHECK(without("MÜLLER, müller, MU\u0308LLER, mu\u0308ller; Müllerin", "Müller") ==
          "[NAME], [NAME], [NAME], [NAME]; Müllerin");
    CHECK(without("Müller", "MU\u0308LLER") == "[NAME]");
    CHECK(without("WEISS weiß WEIẞ", "Weiß") == "[NAME] [NAME] [NAME]");
    CHECK(without("Weiß", "WEISS") == "[NAME]");
    CHECK(without("ŁUKASZ ŞIK", "Łukasz Şık") == "[NAME] [NAME]");
    CHECK(without("NGUYỄN nguyễn", "Nguyễn") == "[NAME] [NAME]");
    CHECK(without("ИВАНОВА Ёлкина", "Иванова ЁЛКИНА") == "[NAME] [NAME]");
    CHECK(without("ΠΑΠΑΔΟΠΟΥΛΟΣ", "Παπαδόπουλος") == "[NAME]");
    CHECK(without("O'BRIEN, O’Brien", "O'Brien") == "O'[NAME], O’[NAME]");
    CHECK(without("患者王小明今天", "王小明") == "患者[NAME]今天");
    CHECK(without("AN Ng Öz öz", "An Öz") == "AN Ng [NAME] öz");
    CHECK(without("ÿ ŸSE ǅ", "Ÿse") == "ÿ [NAME] ǅ");
}

TEST_CASE("identifier scan: offsets, order, overlaps", "[deid]") {
    const std::string text = "é jane@example.org 2024-03-05";
    const auto found = find_identifiers(text);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == IdentifierFinding{IdentifierKind::email, 3, 19});
    CHECK(found[1] == IdentifierFinding{IdentifierKind::date, 20, 30});
    CHECK(find_identifiers("").empty());
    CHECK(cleaned("http://example.org/jane@example.org") == "[URL]");
    CHECK(cleaned(std::string("\xff\xfe 2024-03-05", 13)) == std::string("\xff\xfe [DATE]"));
}

TEST_CASE("identifier scan: a column with the names and ids of its rows", "[deid]") {
    const std::vector<std::optional<std::string>> texts{"Rose, id 4711", std::nullopt, "Rose", "on 2024-03-05"};
    const std::vector<std::optional<std::string>> names{"Rose Sample", "Tom", std::nullopt, "Tom"};
    const std::vector<std::int64_t> ids{4711, 1, 2, 3};
    const std::vector<Array> name_columns{Array::of(names)}, id_columns{Array::of<std::int64_t>(ids)};
    const RedactedText out = redact(Array::of(texts), name_columns, id_columns);
    const std::vector<std::optional<std::string>> expected{"[NAME], id [ID]", std::nullopt, "Rose", "on [DATE]"};
    CHECK(out.text.equals(Array::of(expected)));
    CHECK(out.counts_by_kind == std::map<std::string, assay::index>{{"DATE", 1}, {"ID", 1}, {"NAME", 1}});
    CHECK(out.findings.num_rows() == 3);
    CHECK(out.findings.column("row").values<std::int64_t>()[2] == 3);
    CHECK_THROWS_AS(redact(Array::nulls(Type::Int64, 1), {}, {}), SchemaError);
    CHECK_THROWS_AS(redact(Array::nulls(Type::Utf8, 1), name_columns, {}), ShapeError);
}
