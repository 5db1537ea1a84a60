#include "assay/data/laboratory/read_fhir.hpp"
#include "catch.hpp"

using namespace assay;

namespace {

std::string text(const data::Table& rows, const char* column, assay::index row) {
    const data::Array& found = rows.column(column);
    return found.is_null(row) ? "null" : std::string(found.text(row));
}

data::ResultsReading read(const std::string& bytes, const data::ReadingOptions& options = {}) {
    return data::read_fhir_bytes(bytes, options, "made_up.json");
}

using Rules = std::map<std::string, assay::index>;
Rules rules(const std::string& bytes) { return read(bytes).rejected.counts_by_rule(); }

/// A made-up Observation with more members.
std::string observation(const std::string& more, const std::string& id = "o1") {
    return R"({"resourceType":"Observation","id":")" + id +
           R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2345-7","display":"Glucose"},)"
           R"({"system":"urn:lab","code":"GLU"}]},"subject":{"reference":"Patient/p1"},)"
           R"("effectiveDateTime":"2024-05-01T10:30:00+02:00")" +
           (more.empty() ? "" : "," + more) + "}";
}

}  // namespace

TEST_CASE("an Observation ends in LaboratoryResults", "[fhir]") {
    const data::ResultsReading out = read(observation(
        R"("valueQuantity":{"value":5.40,"comparator":"<","unit":"mmol per litre","system":"http://unitsofmeasure.org","code":"mmol/L"},)"
        R"("issued":"2024-05-01T09:00:00.123Z","interpretation":[{"coding":[{"code":"H"}]}],"device":{"reference":"Device/xyz"},)"
        R"("specimen":{"reference":"Specimen/s1"},"basedOn":[{"reference":"ServiceRequest/r1"}],)"
        R"("referenceRange":[{"low":{"value":3.9},"high":{"value":5.5,"unit":"mmol/L"}}])"));
    REQUIRE(out.rows.num_rows() == 1);
    const data::Table& rows = out.rows;
    CHECK(text(rows, "result_id", 0) == "o1");
    CHECK(text(rows, "patient_id", 0) == "p1");
    CHECK(text(rows, "order_id", 0) == "r1");
    CHECK(text(rows, "specimen_id", 0) == "s1");
    CHECK(text(rows, "loinc", 0) == "2345-7");
    CHECK(text(rows, "local_code", 0) == "GLU");
    CHECK(text(rows, "test_name", 0) == "Glucose");
    CHECK(text(rows, "comparator", 0) == "<");
    CHECK(rows.column("value").get<double>(0) == 5.4);
    CHECK(text(rows, "unit", 0) == "mmol/L");
    CHECK(rows.column("reference_low").get<double>(0) == 3.9);
    CHECK(rows.column("reference_high").get<double>(0) == 5.5);
    CHECK(text(rows, "flag", 0) == "H");
    CHECK(text(rows, "status", 0) == "final");
    CHECK(text(rows, "device_id", 0) == "xyz");
    CHECK(rows.column("observed_at").get<Timestamp>(0) == Timestamp{1714552200'000000});
    CHECK(rows.column("reported_at").get<Timestamp>(0) == Timestamp{1714554000'123000});
}

TEST_CASE("every kind of value of an Observation", "[fhir]") {
    struct Case {
        const char* more;
        const char* comparator;
        std::optional<double> value;
        const char* text;
        const char* reason;
    };
    for (
        const Case& each : std::vector<Case>{
            {R"("valueString":"<0.01")", "<", 0.01, "null", "null"},
            {R"("valueString":"Negative")", "null", {}, "Negative", "null"},
            {R"("valueInteger":3)", "null", 3.0, "null", "null"},
            {R"("valueBoolean":true)", "null", {}, "true", "null"},
            {R"("valueCodeableConcept":{"coding":[{"code":"260385009","display":"Negative"}]})",
             "null",
             {},
             "Negative",
             "null"},
            {R"("valueCodeableConcept":{"text":"neg","coding":[{"display":"Negative"}]})", "null", {}, "neg", "null"},
            {R"("valueRange":{"low":{"value":1.50},"high":{"value":3}})", "null", {}, "1.50-3", "null"},
            {R"("valueRatio":{"numerator":{"value":1},"denominator":{"value":128}})", "null", {}, "1:128", "null"},
            {R"("valueDateTime":"2024-05")", "null", {}, "2024-05", "null"},
            {R"("valueQuantity":{"value":12345678901234567890.5})", "null", 12345678901234567890.5,
             "12345678901234567890.5", "null"},
            {R"("valueQuantity":{"value":5,"comparator":"ad"})", "null", {}, "ad5", "null"},
            {R"("valueQuantity":{"unit":"mg"})", "null", {}, "null", "unknown"},
            {R"("dataAbsentReason":{"coding":[{"code":"not-performed"}]})", "null", {}, "null", "not-performed"},
            {R"("valueQuantity":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]})",
             "null",
             {},
             "null",
             "masked"},
            {"", "null", {}, "null", "unknown"}}) {
        INFO(each.more);
        const data::ResultsReading out = read(observation(each.more));
        REQUIRE(out.rows.num_rows() == 1);
        CHECK(text(out.rows, "comparator", 0) == each.comparator);
        CHECK(out.rows.column("value").get<double>(0) == each.value);
        CHECK(text(out.rows, "text", 0) == each.text);
        CHECK(text(out.rows, "absent_reason", 0) == each.reason);
    }
}

TEST_CASE("components are results, panels are none", "[fhir]") {
    const std::string pressure = observation(
        R"("component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120}},)"
        R"({"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"dataAbsentReason":{"text":"cuff off"}}])");
    const data::ResultsReading out = read(pressure);
    REQUIRE(out.rows.num_rows() == 2);
    CHECK(text(out.rows, "result_id", 0) == "o1/8480-6");
    CHECK(text(out.rows, "loinc", 1) == "8462-4");
    CHECK(text(out.rows, "absent_reason", 1) == "cuff off");
    const data::ResultsReading panel = read(observation(R"("hasMember":[{"reference":"Observation/o2"}])"));
    CHECK(panel.rows_read == 0);
    CHECK(panel.remarks == std::vector<std::string>{"1 observations only list members and are no results"});
}

TEST_CASE("a bundle's resources explain each other", "[fhir]") {
    const auto entry = [](const std::string& url, const std::string& resource) {
        return R"({"fullUrl":")" + url + R"(","resource":)" + resource + "}";
    };
    std::string one = observation(R"("valueInteger":5,"specimen":{"reference":"urn:uuid:s"})");
    one.replace(one.find("Patient/p1"), 10, "urn:uuid:p");
    const std::string bundle =
        R"({"resourceType":"Bundle","type":"transaction","entry":[)" + entry("urn:uuid:o", one) + "," +
        entry(
            "urn:uuid:p",
            R"({"resourceType":"Patient","id":"p77","identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"123"}]})") +
        "," +
        entry("urn:uuid:s",
              R"({"resourceType":"Specimen","id":"s","accessionIdentifier":{"value":"A9"},"type":{"text":"Serum"}})") +
        "," +
        entry("urn:uuid:d", R"({"resourceType":"DiagnosticReport","id":"d","identifier":[{"value":"R5"}],)"
                            R"("result":[{"reference":"urn:uuid:o"}]})") +
        "]}";
    data::ReadingOptions options;
    data::ResultsReading out = read(bundle, options);
    REQUIRE(out.rows.num_rows() == 1);
    CHECK(text(out.rows, "patient_id", 0) == "p77");
    CHECK(text(out.rows, "specimen_id", 0) == "A9");
    CHECK(text(out.rows, "specimen", 0) == "Serum");
    CHECK(text(out.rows, "order_id", 0) == "R5");
    options.patient_id_type = "MR";
    CHECK(text(read(bundle, options).rows, "patient_id", 0) == "123");
    options.patient_id_type = "SS";
    CHECK(read(bundle, options).rejected.counts_by_rule() == Rules{{"patient_id.required", 1}});
}

TEST_CASE("ids of documents do not meet those of others", "[fhir]") {
    const auto document = [](const std::string& report, const std::string& time, const std::string& value) {
        return R"({"resourceType":"Bundle","type":"document","timestamp":")" + time + R"(","entry":[{"resource":)" +
               observation(R"("valueInteger":)" + value) +
               R"(},{"resource":{"resourceType":"DiagnosticReport","id":")" + report + R"("}}]})";
    };
    const std::string a = document("a", "2024-05-01T10:00:00Z", "1");
    const std::string b = document("b", "2024-05-01T10:00:00Z", "2");
    const std::string corrected = document("a", "2024-05-02T10:00:00Z", "3");
    CHECK(read(a + "\n" + b).rows.num_rows() == 2);
    for (const std::string& order : {a + corrected, corrected + a}) {
        const data::ResultsReading out = read(order);
        REQUIRE(out.rows.num_rows() == 1);
        CHECK(text(out.rows, "result_id", 0) == "a/o1");
        CHECK(out.rows.column("value").get<double>(0) == 3.0);
        CHECK(out.superseded.num_rows() == 1);
    }
}

TEST_CASE("contained observations, patients and specimens", "[fhir]") {
    const data::ResultsReading out = read(
        R"({"resourceType":"DiagnosticReport","id":"r1","subject":{"reference":"#p"},"contained":[)"
        R"({"resourceType":"Patient","id":"p","identifier":[{"value":"p9"}]},{"resourceType":"Observation","id":"k",)"
        R"("status":"corrected","code":{"text":"Potassium"},"effectivePeriod":{"start":"2024-05-01"},"valueQuantity":)"
        R"({"value":4.1,"unit":"mmol/l"}}],"result":[{"reference":"#k"}]})");
    REQUIRE(out.rows.num_rows() == 1);
    CHECK(text(out.rows, "patient_id", 0) == "p9");
    CHECK(text(out.rows, "order_id", 0) == "r1");
    CHECK(text(out.rows, "result_id", 0) == "r1/k");
    CHECK(text(out.rows, "unit", 0) == "mmol/l");
    CHECK(text(out.rows, "status", 0) == "corrected");
}

TEST_CASE("resources that cannot be read are quarantined with their bytes", "[fhir]") {
    const std::string good = observation(R"("valueInteger":5)");
    CHECK(rules("{") == Rules{{"json.truncated", 1}});
    CHECK(rules(good.substr(0, good.size() - 1)) == Rules{{"json.truncated", 1}});
    CHECK(rules("nonsense") == Rules{{"json.truncated", 1}});
    CHECK(rules(observation(R"("valueInteger":05)")) == Rules{{"json.syntax", 1}});
    CHECK(rules(observation(R"("valueQuantity":{"value":1e400})")) == Rules{{"json.syntax", 1}});  // no double
    CHECK(rules(observation("\"valueString\":\"\xff\"")) == Rules{{"json.syntax", 1}});
    CHECK(rules(observation(R"("valueInteger":5,"valueInteger":6)")) == Rules{{"json.duplicate_name", 1}});
    CHECK(rules(observation(R"("x":)" + std::string(200, '[') + std::string(200, ']'))) == Rules{{"json.too_deep", 1}});
    CHECK(rules(observation(R"("valueSampledData":{"data":"1 2"})")) == Rules{{"value.kind", 1}});
    CHECK(rules(R"({"a":1})") == Rules{{"resource.type_missing", 1}});
    std::string other = good;
    CHECK(rules(other.replace(other.find("Patient/p1"), 10, "Group/g1")) == Rules{{"patient_id.required", 1}});
    other = good;
    CHECK(rules(other.replace(other.find("2024-05-01T"), 11, "2024-13-01T")) == Rules{{"observed_at.type", 1}});
    other = good;
    CHECK(rules(other.replace(other.find("effectiveDateTime"), 17, "x")) == Rules{{"observed_at.required", 1}});
    const data::ResultsReading lines =
        read(good + "\n{\"resourceType\":\n" + observation(R"("valueInteger":6)", "o2") + "\n");
    CHECK(lines.rows.num_rows() == 2);
    CHECK(lines.rejected.table().column("raw").text(0) == "{\"resourceType\":");
    CHECK(lines.rejected.table().column("line").get<std::int64_t>(0) == 2);
    data::ReadingOptions options;
    options.max_message_bytes = 10;
    CHECK(read(good, options).rejected.counts_by_rule() == Rules{{"resource.too_long", 1}});
    CHECK(read("").rows_read == 0);
}

TEST_CASE("two servers' Patient/17 are two patients", "[fhir]") {
    const auto at = [](const std::string& base, const std::string& id) {
        std::string one = observation(R"("valueInteger":5)", id);
        return one.replace(one.find("Patient/p1"), 10, base + "Patient/17");
    };
    const std::string a = "http://hospital-a/fhir/";
    const std::string b = "http://hospital-b/fhir/";
    const data::ResultsReading out = read(at(a, "o1") + "\n" + at(b, "o2") + "\n" + at("", "o3"));
    REQUIRE(out.rows.num_rows() == 3);
    CHECK(text(out.rows, "patient_id", 0) == a + "Patient/17");
    CHECK(text(out.rows, "patient_id", 1) == b + "Patient/17");
    CHECK(text(out.rows, "patient_id", 2) == "17");

    // A relative reference means the server of its entry, and so does an id.
    const auto entry = [](const std::string& url, const std::string& resource) {
        return R"({"fullUrl":")" + url + R"(","resource":)" + resource + "}";
    };
    const auto patient = [](const std::string& mrn) {
        return R"({"resourceType":"Patient","id":"17","identifier":[{"type":{"coding":[{"code":"MR"}]},"value":")" +
               mrn + R"("}]})";
    };
    const std::string bundle =
        R"({"resourceType":"Bundle","type":"searchset","entry":[)" + entry(a + "Observation/o1", at("", "o1")) + "," +
        entry(b + "Observation/o1", at("", "o1")) + "," + entry(a + "Patient/17", patient("A7")) + "," +
        entry(b + "Patient/17", patient("B7")) + "]}";
    const data::ResultsReading two = read(bundle);
    REQUIRE(two.rows.num_rows() == 2);
    CHECK(text(two.rows, "result_id", 0) == a + "Observation/o1");
    CHECK(text(two.rows, "patient_id", 0) == a + "Patient/17");
    CHECK(text(two.rows, "patient_id", 1) == b + "Patient/17");
    data::ReadingOptions options;
    options.patient_id_type = "MR";
    CHECK(text(read(bundle, options).rows, "patient_id", 0) == "A7");
    CHECK(text(read(bundle, options).rows, "patient_id", 1) == "B7");
}

TEST_CASE("results named by an identifier alone", "[fhir]") {
    const auto with = [](const std::string& system, const std::string& patient, const char* value) {
        std::string one =
            observation(R"("identifier":[{"system":")" + system + R"(","value":"7"}],"valueInteger":)" + value);
        one.replace(one.find(R"("id":"o1",)"), 10, "");
        return one.replace(one.find("Patient/p1"), 10, "Patient/" + patient) + "\n";
    };
    CHECK(read(with("urn:a", "p1", "1") + with("urn:b", "p1", "2")).rows.num_rows() == 2);
    CHECK(read(with("urn:a", "p1", "1") + with("urn:a", "p2", "2")).rows.num_rows() == 2);
    const data::ResultsReading again = read(with("urn:a", "p1", "1") + with("urn:a", "p1", "2"));
    REQUIRE(again.rows.num_rows() == 1);
    CHECK(again.superseded.num_rows() == 1);
    CHECK(text(again.rows, "result_id", 0) == "p1/urn:a|7");
    // Without any name two results of one line stay two.
    std::string bare = observation(R"("valueInteger":5)");
    bare.replace(bare.find(R"("id":"o1",)"), 10, "");
    CHECK(read("[" + bare + "," + bare + "]").rows.num_rows() == 2);
}

TEST_CASE("bundles in bundles and in Parameters are read", "[fhir]") {
    const auto bundle = [](const std::string& resource) {
        return R"({"resourceType":"Bundle","type":"searchset","entry":[{"resource":)" + resource + "}]}";
    };
    const std::string one = observation(R"("valueInteger":5)");
    for (const std::string& each :
         {bundle(bundle(one)), bundle(bundle(bundle(one))),
          R"({"resourceType":"Parameters","parameter":[{"name":"n","valueString":"x"},{"name":"r","resource":)" +
              bundle(one) + "}]}",
          R"({"parameter":[{"name":"p","part":[{"name":"r","resource":)" + one +
              R"(}]}],"resourceType":"Parameters"})"}) {
        INFO(each);
        const data::ResultsReading out = read(each);
        REQUIRE(out.rows.num_rows() == 1);
        CHECK(text(out.rows, "result_id", 0) == "o1");
        CHECK(out.rejected.num_rows() == 0);
    }
    std::string deep = one;
    for (int i = 0; i < 40; ++i) deep = bundle(deep);
    CHECK(rules(deep) == Rules{{"json.too_deep", 1}});
    CHECK(rules(bundle(bundle("{}"))) == Rules{{"resource.type_missing", 1}});
}

TEST_CASE("a value of another JSON type is quarantined", "[fhir]") {
    for (const char* value :
         {R"("valueQuantity":{"value":"5"})", R"("valueQuantity":{"value":true})", R"("valueQuantity":5)",
          R"("valueInteger":"5")", R"("valueString":5)", R"("valueBoolean":"true")"}) {
        INFO(value);
        const data::ResultsReading out = read(observation(value));
        CHECK(out.rejected.counts_by_rule() == Rules{{"value.type", 1}});
        CHECK(out.rows_read == 1);
    }
}

TEST_CASE("a broken line takes no other with it, however many there are", "[fhir]") {
    const std::string good = observation(R"("valueInteger":5)");
    const std::string after = observation(R"("valueInteger":6)", "o2");
    // The extra bracket of the third line would close what the second one opens.
    const data::ResultsReading out = read(good + "\n{\"a\":{\n" + after + "}\n");
    CHECK(out.rows.num_rows() >= 1);
    CHECK(out.rejected.num_rows() >= 1);
    const data::ResultsReading between = read(good + "\n{\"a\":[{\"b\":1}\n" + after + "\n]}\n");
    CHECK(between.rows.num_rows() == 2);
    // Documents over several lines may follow one on a line of its own.
    CHECK(
        read(good + "\n{\n\"resourceType\":\"Bundle\",\"entry\":[\n{\"resource\":" + after + "}]}\n").rows.num_rows() ==
        2);
    CHECK(read(good + "\n{\"resourceType\":\"Bundle\",\"entry\":[\n{\"resource\":" + after + "}]}\n").rows.num_rows() ==
          2);
    std::string broken;
    for (int i = 0; i < 60'000; ++i) broken += "{\"resourceType\":\"Observation\",\"x\":[\n";
    CHECK(read(broken).rows_read == 60'000);
}
