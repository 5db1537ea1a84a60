#include <filesystem>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "catch.hpp"

namespace assay::tracking {
namespace {

const std::filesystem::path golden = std::filesystem::path(ASSAY_SOURCE_DIR) / "tests/golden/tracking";

TEST_CASE("golden: a journal of version 1 is read as it was written") {
    const std::string run = "0123456789abcdef0123456789abcdef";
    const std::vector<Record> expected{
        CreateRun{run, "icu/Judge_Evaluation", "judge_eval_M00001", "", "someone", {{"data", "made up"}}},
        Metric{run, "overall_score", 4.25, 0},
        Metric{run, "loss", 0.1, 7},
        Metric{run, "missing", std::numeric_limits<double>::quiet_NaN(), 1},
        Metric{run, "up", std::numeric_limits<double>::infinity(), -1},
        Param{run, "writer", "template \"1\"\n\xC3\xA9"},
        Tag{run, "stage", "gold"},
        Artifact{run, "notes/a.txt", std::string(64, 'a'), 5},
        EndRun{run, RunStatus::finished}};
    const auto segments = list_segments(golden / "v1");
    REQUIRE(segments.size() == 1);
    const SegmentReader segment(segments[0]);
    CHECK(segment.header_valid());
    CHECK(segment.closed());
    CHECK(segment.damage().empty());
    REQUIRE(segment.frames().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto& frame = segment.frames()[i];
        CHECK(decode(frame.kind, frame.payload) == expected[i]);
        CHECK(frame.sequence == i + 1);
        CHECK(frame.time == Timestamp{1'700'000'000'000'000 + static_cast<std::int64_t>(i)});
    }
}

TEST_CASE("golden: documents of version 1 are read as they were written") {
    const std::string run = "0123456789abcdef0123456789abcdef";
    const std::vector<Document> expected{
        {RecordKind::input, run, "icu/Test", "id-input", R"({"name":"made up"})", {}},
        {RecordKind::model, run, "icu/Test", "id-model", R"({"name":"m"})", {std::string(64, 'a')}},
        {RecordKind::model_version, "", "icu/Test", "id-model_version", R"({"name":"a.b.c"})", {}},
        {RecordKind::trace, "", "icu/Test", "id-trace", R"({"spans":[]})", {}},
        {RecordKind::assessment, "", "icu/Test", "id-assessment", R"({"value":5})", {}}};
    const auto segments = list_segments(golden / "v1_documents");
    REQUIRE(segments.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const SegmentReader segment(segments[i]);
        CHECK(segment.closed());
        const auto& frame = segment.frames().at(0);
        CHECK(std::get<Document>(decode(frame.kind, frame.payload)) == expected[i]);
        CHECK(frame.time == Timestamp{1'700'000'000'000'000 + 1000 * static_cast<std::int64_t>(i)});
    }
}

TEST_CASE("golden: a segment of a later version is refused with its number") {
    auto header = detail::SegmentHeader{};
    header.version = 2;
    const auto bytes = detail::encode_header(header);
    CHECK(detail::decode_header(bytes)->version == 2);
    CHECK_THROWS_AS(SegmentReader(golden / "later_version.journal"), ValueError);
}

}  // namespace
}  // namespace assay::tracking
