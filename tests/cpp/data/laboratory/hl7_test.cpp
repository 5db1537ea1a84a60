#include "assay/data/laboratory/read_hl7.hpp"
#include "catch.hpp"

using namespace assay;

namespace {

// Made-up patients. Segments are written with '\n' here and end in `end` in the message.
std::string message(std::string_view lines, std::string_view end = "\r") {
    std::string out;
    for (const char c : lines) c == '\n' ? out += end : out += c;
    return out;
}

constexpr const char* kGlucose =
    "MSH|^~\\&|LAB|H|EHR|H|20240501100000||ORU^R01^ORU_R01|M1|P|2.5.1||||||8859/1\n"
    "PID|1||77^^^H^PI~123^^^H^MR||Doe^Jane\n"
    "PV1|1|I|W1^12^1\n"
    "ORC|RE|P1|F1\n"
    "OBR|1|P1^EHR|F1^LAB|24323-8^CMP^LN|||20240501083000+0200|||||||||||||||20240501095500||CH|F\n"
    "OBX|1|NM|2345-7^Glucose^LN^GLU^Glukose^L||95|mg/"
    "dL^^UCUM|70-99|N|||F|||20240501084500+0200||||XYZ^Analyser|20240501090000\n"
    "OBX|2|SN|TSH^TSH^L||<^0.01|mIU/L|0.4 - 4.0|LL~A|||P\n"
    "SPM|1|EHR1&EHR^LAB1&LAB||BLD^Blood^HL70487|||||||||||||20240501082500+0200\n";

std::string text(const data::Table& rows, const char* column, assay::index row) {
    const data::Array& found = rows.column(column);
    return found.is_null(row) ? "null" : std::string(found.text(row));
}

data::ResultsReading read(const std::string& bytes, const data::ReadingOptions& options = {}) {
    return data::read_hl7_bytes(bytes, options, "made_up.hl7");
}

/// One OBX in a message of usual separators.
std::string with_obx(const std::string& obx, const std::string& characters = "") {
    return "MSH|^~\\&|||||20240501||ORU^R01|M1|P|2.5||||||" + characters + "\rPID|||p1\rOBR|||F1||||20240501\r" + obx +
           "\r";
}

std::map<std::string, assay::index> rules(const std::string& bytes) { return read(bytes).rejected.counts_by_rule(); }

}  // namespace

TEST_CASE("an ORU message ends in LaboratoryResults", "[hl7]") {
    for (const char* end : {"\r", "\n", "\r\n"}) {
        const data::ResultsReading out = read(message(kGlucose, end));
        REQUIRE(out.rows.num_rows() == 2);
        CHECK(out.rejected.num_rows() == 0);
        const data::Table& rows = out.rows;
        CHECK(text(rows, "result_id", 0) == "F1/GLU");
        CHECK(text(rows, "patient_id", 0) == "77");
        CHECK(text(rows, "order_id", 0) == "F1");
        CHECK(text(rows, "specimen_id", 0) == "LAB1");
        CHECK(text(rows, "specimen", 0) == "Blood");
        CHECK(rows.column("observed_at").get<Timestamp>(0) == Timestamp{1714545900'000000});  // OBX-14
        CHECK(rows.column("observed_at").get<Timestamp>(1) == Timestamp{1714544700'000000});  // SPM-17
        CHECK(rows.column("reported_at").get<Timestamp>(0) == Timestamp{1714557300'000000});  // OBR-22, UTC
        CHECK(text(rows, "loinc", 0) == "2345-7");
        CHECK(text(rows, "local_code", 0) == "GLU");
        CHECK(text(rows, "test_name", 0) == "Glukose");
        CHECK(rows.column("value").get<double>(0) == 95.0);
        CHECK(text(rows, "unit", 0) == "mg/dL");
        CHECK(rows.column("reference_low").get<double>(0) == 70.0);
        CHECK(text(rows, "flag", 0) == "N");
        CHECK(text(rows, "status", 0) == "final");
        CHECK(text(rows, "device_id", 0) == "XYZ");
        CHECK(text(rows, "location", 0) == "W1");
        CHECK(text(rows, "comparator", 1) == "<");
        CHECK(rows.column("value").get<double>(1) == 0.01);
        CHECK(text(rows, "status", 1) == "preliminary");
        CHECK(rows.column("source_line").get<std::int64_t>(1) == 7);
    }
    data::ReadingOptions options;
    options.patient_id_type = "MR";
    CHECK(text(read(message(kGlucose), options).rows, "patient_id", 0) == "123");
    options.patient_id_type = "SS";
    CHECK(read(message(kGlucose), options).rejected.counts_by_rule() ==
          std::map<std::string, assay::index>{{"patient_id.required", 2}});
}

TEST_CASE("a message's own separators are used", "[hl7]") {
    std::string other = message(kGlucose);
    for (char& c : other) {
        c = c == '|' ? '#' : c == '^' ? '*' : c == '~' ? '!' : c == '\\' ? '%' : c == '&' ? '@' : c;
    }
    const data::ResultsReading out = read(other);
    const data::ResultsReading usual = read(message(kGlucose));
    CHECK(out.rows.equals(usual.rows));
}

TEST_CASE("frames, batches and blank lines", "[hl7]") {
    const std::string one = message(kGlucose);
    CHECK(read("\x0B" + one + "\x1C\r\x0B" + one + "\x1C\r").rows_read == 4);
    CHECK(read("FHS|^~\\&\rBHS|^~\\&\r" + one + one + "BTS|2\rFTS|1\r").remarks ==
          std::vector<std::string>{"2 messages", "2 results were told again by a later message"});
    const data::ResultsReading few = read("BHS|^~\\&\r" + one + "BTS|2\r");
    CHECK(few.remarks.back() == "1 files hold another number of messages than their batch trailers say");
    CHECK(read("\r\r" + one + "\r\r").rows.num_rows() == 2);
    CHECK(read("\xEF\xBB\xBF" + one).rows.num_rows() == 2);
}

TEST_CASE("escape sequences and character sets", "[hl7]") {
    const auto value = [](const std::string& field, const std::string& characters = "") {
        return text(read(with_obx("OBX|1|TX|T^Test||" + field + "||||||F", characters)).rows, "text", 0);
    };
    CHECK(value("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f") == "a|b^c&d~e\\f");
    CHECK(value("one\\.br\\two") == "one\ntwo");
    CHECK(value("\\H\\bold\\N\\ plain") == "bold plain");
    CHECK(value("\\X41\\\\X4243\\") == "ABC");
    CHECK(value("\\XC3A9\\", "UNICODE UTF-8") == "\u00e9");
    CHECK(value("\\XE9\\", "8859/1") == "\u00e9");
    CHECK(value("\\XE9\\", "UNICODE UTF-8") == "\\XE9\\");
    CHECK(value("\\XZZ\\ \\X4\\ \\Zown\\ \\C2842\\") == "\\XZZ\\ \\X4\\ \\Zown\\ \\C2842\\");
    CHECK(value("50\\ %") == "50\\ %");
    CHECK(value("gr\xfc\xdf", "8859/1") == "gr\u00fc\u00df");
    CHECK(value("\xa4", "8859/15") == "\u20ac");
    const data::ResultsReading flags = read(with_obx("OBX|1|NM|T||5|||LL~\xe9|||F", "8859/1"));
    CHECK(text(flags.rows, "flag", 0) == "LL");
    CHECK(value("gr\u00fc\u00df") == "gr\u00fc\u00df");
    CHECK(value("one~two") == "one\ntwo");
    CHECK(rules(with_obx("OBX|1|TX|T||gr\xfc||||||F")) == std::map<std::string, assay::index>{{"message.encoding", 1}});
    CHECK(rules(with_obx("OBX|1|TX|T||gr\xfc||||||F", "8859/7")) ==
          std::map<std::string, assay::index>{{"msh.character_set", 1}});
}

TEST_CASE("every type of value", "[hl7]") {
    struct Case {
        const char* type;
        const char* field;
        const char* comparator;
        std::optional<double> value;
        const char* text;
    };
    for (const Case& each :
         std::vector<Case>{{"NM", "5.10", "null", 5.1, "null"},
                           {"NM", "<0.5", "<", 0.5, "null"},
                           {"NM", "n/a", "null", {}, "n/a"},
                           {"SN", "^5", "null", 5.0, "null"},
                           {"SN", "=^5", "null", 5.0, "null"},
                           {"SN", ">=^10", ">=", 10.0, "null"},
                           {"SN", "^100^-^200", "null", {}, "100-200"},
                           {"SN", "^1^:^128", "null", {}, "1:128"},
                           {"SN", "^2^+", "null", {}, "2+"},
                           {"SN", "<>^5", "null", {}, "<>5"},
                           {"ST", "> 90", ">", 90.0, "null"},
                           {"ST", "Negative", "null", {}, "Negative"},
                           {"", "7", "null", 7.0, "null"},
                           {"TX", "5.4", "null", {}, "5.4"},
                           {"CE", "260385009^Negative^SCT", "null", {}, "Negative"},
                           {"CWE", "NEG^^L", "null", {}, "NEG"},
                           {"CWE", "1^Neg^L^^^^^^negativ", "null", {}, "negativ"},
                           {"CE", "A^Escherichia coli~B^Proteus", "null", {}, "Escherichia coli\nProteus"},
                           {"DT", "20240501", "null", {}, "20240501"}}) {
        INFO(each.type << " " << each.field);
        const data::ResultsReading out =
            read(with_obx("OBX|1|" + std::string(each.type) + "|T||" + each.field + "||||||F"));
        REQUIRE(out.rows.num_rows() == 1);
        CHECK(text(out.rows, "comparator", 0) == each.comparator);
        CHECK(out.rows.column("value").get<double>(0) == each.value);
        CHECK(text(out.rows, "text", 0) == each.text);
        CHECK(text(out.rows, "absent_reason", 0) == "null");
    }
}

TEST_CASE("why there is no value is said", "[hl7]") {
    const auto reason = [](const std::string& field, const std::string& status) {
        const data::ResultsReading out = read(with_obx("OBX|1|NM|T||" + field + "||||||" + status));
        return text(out.rows, "absent_reason", 0) + " " + text(out.rows, "status", 0);
    };
    CHECK(reason("", "F") == "unknown final");
    CHECK(reason("\"\"", "F") == "null final");
    CHECK(reason("", "X") == "not-performed cancelled");
    CHECK(reason("", "N") == "not-asked cancelled");
}

TEST_CASE("repeated numbers are results of their own, and so are repeated tests", "[hl7]") {
    const data::ResultsReading out =
        read(with_obx("OBX|1|NM|T||5~6||||||F\rOBX|2|NM|T||7||||||F\rOBX|3|NM|T|1|8||||||F"));
    REQUIRE(out.rows.num_rows() == 4);
    CHECK(out.rows_read == 4);
    CHECK(text(out.rows, "result_id", 0) == "F1/T");
    CHECK(text(out.rows, "result_id", 1) == "F1/T~2");
    CHECK(text(out.rows, "result_id", 2) == "F1/T#2");
    CHECK(text(out.rows, "result_id", 3) == "F1/T/1");
}

TEST_CASE("of corrections the last one told is the result, and history stays", "[hl7]") {
    const auto told = [](const char* at, const char* id, const char* value, const char* status) {
        return "MSH|^~\\&|||||" + std::string(at) + "||ORU^R01|" + id +
               "|P|2.5\rPID|||p1\rOBR|||F1||||20240501\rOBX|1|NM|K||" + value + "|mmol/L|||||" + status + "\r";
    };
    const std::string first = told("202405010900", "1", "7.9", "P");
    const std::string second = told("202405011000", "2", "4.1", "F");
    const std::string third = told("202405011100", "3", "4.2", "C");
    for (const std::string& order : {first + second + third, third + first + second, third + second + first}) {
        const data::ResultsReading out = read(order);
        REQUIRE(out.rows.num_rows() == 1);
        CHECK(out.rows.column("value").get<double>(0) == 4.2);
        CHECK(text(out.rows, "status", 0) == "corrected");
        CHECK(out.superseded.num_rows() == 2);
        CHECK(out.rows_read == 3);
    }
    const data::ResultsReading withdrawn = read(second + told("202405011200", "4", "", "W"));
    CHECK(text(withdrawn.rows, "status", 0) == "entered-in-error");
    CHECK(withdrawn.superseded.num_rows() == 1);
    CHECK(read(second + second).rows.num_rows() == 1);  // a duplicate
}

namespace {

/// Made-up results that are told again.
struct Told {
    std::string patient = "ALICE";
    std::string sender = "LAB|H";
    std::string order = "1001";
    std::string at = "20240102080000";
    std::string code = "GLU";
    std::string value = "90";
    std::string status = "F";
    std::string said = "20240102120000";
    std::string id = "M1";
    std::string specimen = {};
};

std::string tell(const Told& told) {
    std::string out = "MSH|^~\\&|" + told.sender + "|||" + told.said + "||ORU^R01|" + told.id + "|P|2.5\rPID|||" +
                      told.patient + "\rOBR|||" + told.order + "||||" + told.at + "\r";
    out += "OBX|1|NM|" + told.code + "||" + told.value + "||||||" + told.status + "\r";
    if (!told.specimen.empty()) out += "SPM|1|^" + told.specimen + "\r";
    return out;
}

}  // namespace

TEST_CASE("results of other patients, senders, orders and times are no corrections", "[hl7]") {
    const std::string first = tell({});
    const std::string later = "20240602120000";
    for (const Told& other : {Told{.patient = "BOB", .said = later}, Told{.sender = "LAB|K", .said = later},
                              Told{.sender = "POCT|H", .said = later}, Told{.order = "1002", .said = later},
                              Told{.at = "20240102100000", .status = "C", .said = later}}) {
        const data::ResultsReading out = read(first + tell(other));
        CHECK(out.rows.num_rows() == 2);
        CHECK(out.superseded.num_rows() == 0);
        CHECK(text(out.rows, "result_id", 0) != text(out.rows, "result_id", 1));
    }
    CHECK(read(first + tell({.status = "C", .said = later})).rows.num_rows() == 1);

    const data::ResultsReading slashes =
        read(tell({.order = "A/B", .code = "C"}) + tell({.order = "A", .code = "B/C", .said = later}));
    REQUIRE(slashes.rows.num_rows() == 2);
    CHECK(text(slashes.rows, "result_id", 0) == "A\\/B/C");
    CHECK(text(slashes.rows, "result_id", 1) == "A/B\\/C");
}

TEST_CASE("a correction of one time of a tolerance test leaves the others", "[hl7]") {
    const std::string both =
        "MSH|^~\\&|||||20240501120000||ORU^R01|M1|P|2.5\rPID|||p1\rOBR|||F1||||20240501\r"
        "OBX|1|NM|GLU||90||||||F|||20240501080000\rOBX|2|NM|GLU||140||||||F|||20240501100000\r";
    const std::string corrected =
        "MSH|^~\\&|||||20240501130000||ORU^R01|M2|P|2.5\rPID|||p1\rOBR|||F1||||20240501\r"
        "OBX|1|NM|GLU||150||||||C|||20240501100000\r";
    const data::ResultsReading out = read(both + corrected);
    REQUIRE(out.rows.num_rows() == 2);
    CHECK(out.rows.column("value").get<double>(0) == 90.0);
    CHECK(out.rows.column("value").get<double>(1) == 150.0);
    CHECK(text(out.rows, "result_id", 0) == "F1/GLU");
    CHECK(text(out.rows, "result_id", 1) == "F1/GLU#2");
    REQUIRE(out.superseded.num_rows() == 1);
    CHECK(out.superseded.column("value").get<double>(0) == 140.0);
    CHECK(text(out.superseded, "result_id", 0) == "F1/GLU#2");
}

TEST_CASE("a correction without a time meets the one result it can mean", "[hl7]") {
    using Rules = std::map<std::string, assay::index>;
    const Told timeless{.at = "", .value = "95", .status = "C", .said = "20240103", .id = "M2"};
    const data::ResultsReading met = read(tell({}) + tell(timeless));
    REQUIRE(met.rows.num_rows() == 1);
    CHECK(met.rows.column("value").get<double>(0) == 95.0);
    CHECK(met.rows.column("observed_at").get<Timestamp>(0) == met.superseded.column("observed_at").get<Timestamp>(0));
    const Rules none{{"observed_at.required", 1}};
    CHECK(read(tell({}) + tell({.at = "20240102100000"}) + tell(timeless)).rejected.counts_by_rule() == none);
    CHECK(read(tell({.patient = "BOB"}) + tell(timeless)).rejected.counts_by_rule() == none);
    Told final = timeless;
    final.status = "F";
    CHECK(read(tell({}) + tell(final)).rejected.counts_by_rule() == none);
    Told unordered = timeless;
    unordered.order = "";
    CHECK(read(tell({.order = ""}) + tell(unordered)).rejected.counts_by_rule() == none);
}

TEST_CASE("without an order number specimen and time say which result is corrected", "[hl7]") {
    const Told first{.order = "", .specimen = "S1"};
    Told again{.order = "", .value = "95", .status = "C", .said = "20240103", .id = "M2", .specimen = "S1"};
    const data::ResultsReading out = read(tell(first) + tell(again));
    REQUIRE(out.rows.num_rows() == 1);
    CHECK(text(out.rows, "status", 0) == "corrected");
    CHECK(text(out.rows, "result_id", 0) == "M1/GLU");
    CHECK(out.superseded.num_rows() == 1);
    again.specimen = "S2";
    CHECK(read(tell(first) + tell(again)).rows.num_rows() == 2);
    Told bare = again;
    bare.specimen = "";
    CHECK(read(tell({.order = ""}) + tell(bare)).rows.num_rows() == 1);
}

TEST_CASE("where no time tells, what is preliminary replaces nothing settled", "[hl7]") {
    for (const char* settled : {"F", "C", "W"}) {
        for (const char* open : {"P", "I"}) {
            const data::ResultsReading out =
                read(tell({.status = settled, .said = ""}) + tell({.value = "80", .status = open, .said = ""}));
            REQUIRE(out.rows.num_rows() == 1);
            CHECK(out.rows.column("value").get<double>(0) == 90.0);
            CHECK(out.superseded.column("value").get<double>(0) == 80.0);
        }
    }
    const data::ResultsReading forward = read(tell({.status = "P", .said = ""}) + tell({.value = "80", .said = ""}));
    CHECK(forward.rows.column("value").get<double>(0) == 80.0);
    const data::ResultsReading reopened = read(tell({}) + tell({.value = "80", .status = "P", .said = "20240103"}));
    CHECK(reopened.rows.column("value").get<double>(0) == 80.0);  // MSH-7 says so
}

TEST_CASE("messages that cannot be read are quarantined with their bytes", "[hl7]") {
    using Rules = std::map<std::string, assay::index>;
    const std::string good = message(kGlucose);
    const auto broken = [&](std::size_t at, const std::string& instead) {
        return std::string(good).replace(at, 1, instead);
    };
    CHECK(rules(good.substr(good.find("PID"))) == Rules{{"message.no_msh", 1}});
    CHECK(rules(broken(4, "|")) == Rules{{"msh.separators", 1}});
    CHECK(rules(broken(4, "A")) == Rules{{"msh.separators", 1}});
    CHECK(rules("MSH") == Rules{{"msh.separators", 1}});
    CHECK(rules("MSH|^~\\&|") == Rules{{"msh.message_type", 1}});
    CHECK(rules(broken(good.find("OBX|") + 3, "#")) == Rules{{"segment.separator", 1}});
    CHECK(rules(broken(good.find("95|"), "9\r5")) == Rules{{"segment.form", 1}});
    CHECK(rules("\x0B" + good) == Rules{{"message.truncated", 1}});
    CHECK(rules("\x0B" + good + "\x0B" + good + "\x1C\r") == Rules{{"message.truncated", 1}});
    CHECK(rules(with_obx("OBX|1|NM|T")) == Rules{{"obx.truncated", 1}});
    CHECK(rules(with_obx("OBX|1|NM|||5")) == Rules{{"obx.test_missing", 1}});
    CHECK(rules(with_obx("OBX|1|ED|T||^application^pdf^Base64^AAAA||||||F")) == Rules{{"obx.encapsulated_data", 1}});
    CHECK(rules("MSH|^~\\&|||||2024||ORU^R01|1\rOBR|||F1||||20240501\rOBX|1|NM|T||5\r") ==
          Rules{{"patient_id.required", 1}});
    CHECK(rules("MSH|^~\\&|||||2024||ORU^R01|1\rPID|||p\rOBR|||F1\rOBX|1|NM|T||5\r") ==
          Rules{{"observed_at.required", 1}});
    CHECK(rules("MSH|^~\\&|||||2024||ORU^R01|1\rPID|||p\rOBR|||F1||||20241301\rOBX|1|NM|T||5\r") ==
          Rules{{"observed_at.type", 1}});
    data::ReadingOptions options;
    options.max_message_bytes = 100;
    CHECK(read(good, options).rejected.counts_by_rule() == Rules{{"message.too_long", 1}});

    const data::ResultsReading mixed = read("PID|1\r" + good + broken(4, "|"));
    CHECK(mixed.rows.num_rows() == 2);
    CHECK(mixed.rows_read == 4);
    const data::Table& rejected = mixed.rejected.table();
    CHECK(rejected.column("raw").text(0) == "PID|1");
    CHECK(rejected.column("byte_offset").get<std::int64_t>(1) == static_cast<std::int64_t>(6 + good.size()));
    CHECK(rejected.column("line").get<std::int64_t>(1) == 10);
    CHECK(rejected.column("raw").text(1) == broken(4, "|").substr(0, good.size() - 1));
    CHECK(read("MSH|^~\\&|||||2024||ADT^A01|1\rPID|||p\r").remarks.back() ==
          "1 messages of other types than ORU and OUL were not read");
}

TEST_CASE("the identifier of a type is found behind empty repetitions", "[hl7]") {
    const auto patient = [](const std::string& identifiers) {
        data::ReadingOptions options;
        options.patient_id_type = "MR";
        const data::ResultsReading out = read(tell({.patient = identifiers}), options);
        return out.rows.num_rows() == 1 ? text(out.rows, "patient_id", 0) : "none";
    };
    CHECK(patient("X^^^^XX~~B^^^^MR") == "B");
    CHECK(patient("~~~B^^^^MR~") == "B");
    CHECK(patient("X^^^^XX~~") == "none");
    CHECK(patient(std::string(2'000'000, '~') + "B^^^^MR") == "B");  // hours where each repetition is sought anew
}

TEST_CASE("in OUL a specimen goes for the orders behind it, or for the one before", "[hl7]") {
    const auto order = [](const char* number, const char* specimen) {
        return std::string(specimen) + "OBR|||" + number + "||||20240501\rOBX|1|NM|T||5||||||F\r";
    };
    const std::string head = "MSH|^~\\&|||||20240501||OUL^R22|M1|P|2.5\rPID|||p1\r";
    const data::ResultsReading by_specimen = read(head + order("F1", "SPM|1|^S1\r") + order("F2", "SPM|1|^S2\r") +
                                                  order("F3", "") + "PID|||p2\r" + order("F4", ""));
    REQUIRE(by_specimen.rows.num_rows() == 4);
    CHECK(text(by_specimen.rows, "specimen_id", 0) == "S1");
    CHECK(text(by_specimen.rows, "specimen_id", 1) == "S2");
    CHECK(text(by_specimen.rows, "specimen_id", 2) == "S2");
    CHECK(text(by_specimen.rows, "specimen_id", 3) == "null");
    const data::ResultsReading by_order = read(head + order("F1", "") + "SPM|1|^S1\r" + order("F2", ""));
    CHECK(text(by_order.rows, "specimen_id", 0) == "S1");
    CHECK(text(by_order.rows, "specimen_id", 1) == "null");
}

TEST_CASE("a file that is cut while it is read is an error", "[hl7]") {
    const std::filesystem::path cut = "/sys/devices/system/cpu/online";  // is said to be longer than it is
    if (!std::filesystem::exists(cut)) {
        WARN("not tested: no " << cut);
        return;
    }
    CHECK_THROWS_AS(data::read_hl7(cut), IoError);
    CHECK_THROWS_WITH(data::read_hl7(cut), Catch::Contains("cut while it was read"));
}

TEST_CASE("statuses and flags are codes, never free text", "[hl7]") {
    const auto obx = [](const std::string& flag, const std::string& status) {
        return read(with_obx("OBX|1|NM|T||5|||" + flag + "|||" + status));
    };
    const data::ResultsReading free = obx("high Anna Made-Up~Anna", "final Anna Made-Up");
    REQUIRE(free.rows.num_rows() == 1);
    CHECK(text(free.rows, "flag", 0) == "null");
    CHECK(text(free.rows, "status", 0) == "null");
    const std::vector<std::string> remarks{"1 messages",
                                           "1 statuses that are none of HL7 table 0085 or of FHIR were left out",
                                           "2 flags that are none of HL7 table 0078 were left out"};
    CHECK(free.remarks == remarks);
    for (const char* flag : {"H", "LL", "<", ">", "+", "--", "H*", "SYN-R", "H~A", "POS"}) {
        const data::ResultsReading out = obx(flag, "F");
        CHECK(text(out.rows, "flag", 0) == flag);
        CHECK(out.remarks.size() == 1);
    }
    CHECK(text(obx("H^High^HL70078", "F").rows, "flag", 0) == "H");
    CHECK(text(obx("high", "Final").rows, "flag", 0) == "H");
    CHECK(text(obx("Anna~H", "F").rows, "flag", 0) == "H");
    CHECK(text(obx("+++++", "F").rows, "flag", 0) == "null");
    CHECK(obx("", "F").remarks.size() == 1);
    for (const auto& [letter, word] : std::map<std::string, std::string>{
             {"W", "entered-in-error"}, {"D", "entered-in-error"}, {"X", "cancelled"}, {"Z", "null"}}) {
        CHECK(text(obx("", letter).rows, "status", 0) == word);
    }
}
