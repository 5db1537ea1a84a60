// A file is read in blocks, which must not be seen in what is read. Made-up patients.
#include <string>
#include <vector>

#include "assay/base/thread_pool.hpp"
#include "catch.hpp"
#include "data/hl7/reading.hpp"

using namespace assay;
using namespace assay::data;

namespace {

ResultsReading read_in_blocks(const std::vector<std::string>& files, std::size_t block_bytes) {
    const ReadingOptions options;
    hl7::Reading reading(options, block_bytes);
    for (std::size_t i = 0; i < files.size(); ++i) reading.add_view(files[i], "f" + std::to_string(i) + ".hl7");
    return reading.finish();
}

void check_same(const ResultsReading& one, const ResultsReading& other) {
    CHECK(one.rows_read == other.rows_read);
    CHECK(one.rows.equals(other.rows));
    CHECK(one.superseded.equals(other.superseded));
    CHECK(one.rejected.table().equals(other.rejected.table()));
    CHECK(one.remarks == other.remarks);
}

/// One message about order `order` (of 7) with results of which some are corrections, without time, or refused.
std::string made_up_message(int n, const std::string& end) {
    const std::string number = std::to_string(n);
    std::vector<std::string> lines{
        "MSH|^~\\&|LAB|H|||2024050110" + std::to_string(10 + n % 50) + "||ORU^R01|M" + number + "|P|2.5",
        "PID|||P" + std::to_string(n % 3),
        "OBR|1||F" + std::to_string(n % 7) + "|||" + (n % 5 == 0 ? "" : "|20240501083000"),
        "OBX|1|NM|GLU^Glucose^L||" + number + "|mg/dL|70-99|N|||" + (n % 5 == 0 ? "C" : "F"),
        "OBX|2|NM|K^Potassium^L||4~" + number + "|mmol/L|about 4|weird|||" + (n % 4 == 0 ? "C" : "q"),
        "OBX|3|NM"};
    if (n % 11 == 0) lines[1] = "PID|||";
    if (n % 13 == 0) lines[0] = "MSH|^^^|LAB";
    std::string out;
    for (const std::string& line : lines) out += line + end;
    return out;
}

std::string made_up_file(const std::string& end, const std::string& open = "", const std::string& close = "") {
    std::string out = open.empty() ? "FHS|^~\\&|x" + end + "BHS|^~\\&" + end : "";
    for (int n = 1; n <= 60; ++n) out += open + made_up_message(n, end) + close;
    return out + (open.empty() ? "BTS|59" + end : "");
}

}  // namespace

TEST_CASE("blocks of any size and any number of threads give the same results, refusals and remarks", "[hl7]") {
    const std::string framed = made_up_file("\r", "\x0B", "\x1C\r");
    std::string broken = framed;
    for (std::size_t at = 0; (at = broken.find('\x1C', at + 900)) != std::string::npos;) broken.erase(at, 1);
    const std::vector<std::vector<std::string>> sources{{made_up_file("\r")},
                                                        {made_up_file("\n")},
                                                        {made_up_file("\r\n")},
                                                        {framed},
                                                        {broken},
                                                        {made_up_file("\r\r", "\x0B\r", "\x1C")},
                                                        {framed, broken, "", made_up_file("\n"), "MSH|junk"}};
    const int threads_before = num_threads();
    for (const auto& files : sources) {
        set_num_threads(1);
        const ResultsReading whole = read_in_blocks(files, std::size_t{1} << 30);
        CHECK(whole.rows.num_rows() > 0);
        CHECK(whole.superseded.num_rows() > 0);
        CHECK(whole.rejected.num_rows() > 0);
        for (const std::size_t bytes : {1, 100, 700, 5000}) {
            INFO(bytes);
            for (const int threads : {1, 3}) {
                set_num_threads(threads);
                check_same(read_in_blocks(files, bytes), whole);
            }
        }
    }
    set_num_threads(threads_before);
}

TEST_CASE("a correction without a time finds its result in an earlier block, or stands among the refusals in order",
          "[hl7]") {
    const std::string head = "MSH|^~\\&|||||2024050110||ORU^R01|M|P|2.5\rPID|||P1\rOBR|||";
    const std::string told = head + "F1||||20240501\rOBX|1|NM|GLU||5||||||F\r";
    const std::string corrected = head + "F1\rOBX|1|NM|GLU||6||||||C\r";
    const std::string lost = head + "F2\rOBX|1\rOBX|2|NM|GLU||7||?|x|||C\rOBX|3\r";
    const ResultsReading out = read_in_blocks({told + lost, corrected}, 1);
    REQUIRE(out.rows.num_rows() == 1);
    CHECK(out.rows.column("value").get<double>(0) == 6);
    CHECK(out.rows.column("observed_at").get<Timestamp>(0) == Timestamp{1714521600'000000});
    CHECK(out.rows.column("result_id").text(0) == "F1/GLU");
    CHECK(out.superseded.num_rows() == 1);
    REQUIRE(out.rejected.num_rows() == 3);
    const Table& refused = out.rejected.table();
    for (const assay::index row : {0, 1, 2}) {
        CHECK(refused.column("line").get<std::int64_t>(row) == 8 + row);
        CHECK(refused.column("rules").text(row) == (row == 1 ? "observed_at.required" : "obx.truncated"));
    }
    // Of what was refused nothing counts as left out.
    const std::vector<std::string> remarks{"3 messages", "1 results were told again by a later message"};
    CHECK(out.remarks == remarks);
}

TEST_CASE("files are cut only where a message begins whatever stood before", "[hl7]") {
    using Cuts = std::vector<std::size_t>;
    const auto cuts = [](std::string_view text) { return hl7::message_cuts(text, hl7::ends_in_cr(text), 1); };
    CHECK(cuts("MSH|a\rMSH|b\r") == Cuts{0, 6, 12});
    CHECK(cuts("MSH|a\nMSH|b\n") == Cuts{0, 6, 12});
    CHECK(cuts("MSH|a\rOBX|a\nMSH|b\r") == Cuts{0, 18});              // a line feed in a file of CRs is text
    CHECK(cuts("MSH|a MSH|b\r") == Cuts{0, 12});                      // no segment
    CHECK(cuts("\x0BMSH|a\rMSH|b\r\x0BMSH|c\r") == Cuts{0, 13, 20});  // framed: at block characters alone
    CHECK(cuts("") == Cuts{0, 0});
}
