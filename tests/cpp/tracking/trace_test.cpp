#include "assay/tracking/trace.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/json_writer.hpp"
#include "assay/tracking/detail/trace_json.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/run.hpp"
#include "assay/tracking/tracer.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::TemporaryFolder;

/// The traces that a journal holds, one for each record.
std::vector<TraceData> read_traces(const fs::path& journal) {
    std::vector<TraceData> traces;
    const ArtifactStore store(journal / "artifacts");
    for (const auto& path : list_segments(journal)) {
        const SegmentReader segment(path);
        for (const auto& frame : segment.frames()) {
            if (frame.kind != RecordKind::trace) continue;
            traces.push_back(detail::decode_trace(std::get<Document>(decode(frame.kind, frame.payload)), store));
        }
    }
    return traces;
}

Tracer tracer_of(const TemporaryFolder& folder) {
    return Tracer({.experiment = "icu/Traces", .journal = folder.path()});
}

TEST_CASE("trace: what was said is what the journal holds") {
    const TemporaryFolder folder;
    const auto tracer = tracer_of(folder);
    TraceId id;
    {
        auto root =
            tracer.start_trace("note", {.type = "CHAIN", .inputs = SpanValue::json(R"({"z":1,"a":[true,null]})")});
        id = root.trace_id();
        {
            auto child = root.start_child("write", {.type = "LLM", .attributes = {{"temperature", 0.5}, {"n", 3}}});
            child.set_outputs("made-up note");
            child.set_attribute("n", 4);
            child.set_token_usage({.input = 12, .output = 30, .cache_read = 2});
            child.add_event("retry", {{"attempt", 1}}, 17);
            CHECK(child.parent_id() == root.id());
        }
        CHECK(root.update_trace({.tags = {{"ward", "icu"}}, .metadata = {{"k", "v"}}, .client_request_id = "r1"}));
        root.set_outputs(SpanValue::json(R"({"ok":true})"));
        CHECK(read_traces(folder.path()).empty());
    }
    const auto traces = read_traces(folder.path());
    REQUIRE(traces.size() == 1);
    const TraceData& trace = traces.front();
    CHECK(trace.id == id);
    CHECK(trace.experiment == "icu/Traces");
    CHECK(trace.state == SpanStatus::ok);
    CHECK(trace.tags == std::map<std::string, std::string>{{"ward", "icu"}});
    CHECK(trace.metadata == std::map<std::string, std::string>{{"k", "v"}});
    CHECK(trace.client_request_id == "r1");
    REQUIRE(trace.spans.size() == 2);
    const SpanData& root = *trace.root();
    const SpanData& child = trace.spans.front();
    CHECK(root.inputs.text() == R"({"z":1,"a":[true,null]})");  // members in the order given
    CHECK(root.outputs.text() == R"({"ok":true})");
    CHECK(child.parent == root.id);
    CHECK(child.outputs.text() == R"("made-up note")");
    CHECK(child.attribute("temperature")->text() == "0.5");
    CHECK(child.attribute("n")->text() == "4");
    CHECK(child.attribute(span_attribute::token_usage)->text() ==
          R"({"input_tokens":12,"output_tokens":30,"total_tokens":42,"cache_read_input_tokens":2})");
    CHECK(child.events == std::vector<SpanEvent>{{"retry", 17, {{"attempt", 1}}}});
    CHECK(root.start_ns <= child.start_ns);
    CHECK(child.end_ns <= root.end_ns);
    CHECK((trace.start_ns == root.start_ns && trace.end_ns == root.end_ns));
}

TEST_CASE("trace: an exception that passes ends its spans in ERROR, without its text") {
    const TemporaryFolder folder;
    const auto tracer = tracer_of(folder);
    const auto work = [&tracer] {
        auto root = tracer.start_trace("root");
        auto child = root.start_child("child");
        throw std::runtime_error("M00001");
    };
    CHECK_THROWS_AS(work(), std::runtime_error);
    const auto traces = read_traces(folder.path());
    REQUIRE(traces.size() == 1);
    CHECK(traces.front().state == SpanStatus::error);
    for (const auto& span : traces.front().spans) {
        CHECK(span.status == SpanStatus::error);
        CHECK(span.status_message.empty());
    }
}

TEST_CASE("trace: any bytes and any number are kept as JSON that reads back") {
    const auto text_of = [](std::string_view text) { return SpanValue(text).text(); };
    CHECK(text_of("a\"b\\c\n\x01") == R"("a\"b\\c\n\u0001")");
    CHECK(text_of("환자 37.2°") == "\"환자 37.2°\"");
    CHECK(text_of("a\xFF") == "\"a\xEF\xBF\xBD\"");
    CHECK(text_of("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // a surrogate is no character
    CHECK(text_of("\xF0\x9F\x98") == "\"\xEF\xBF\xBD\"");                          // cut: one maximal part
    CHECK(text_of("\xF4\x90\x80\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(SpanValue(1.0).text() == "1.0");
    CHECK(SpanValue(-0.0).text() == "-0.0");
    CHECK(SpanValue(1e300).text() == "1e+300");
    CHECK(SpanValue(std::numeric_limits<double>::quiet_NaN()).text() == "\"NaN\"");
    CHECK(SpanValue(-std::numeric_limits<double>::infinity()).text() == "\"-Infinity\"");
    CHECK(SpanValue(true).text() == "true");
    CHECK(SpanValue(std::numeric_limits<std::uint64_t>::max()).text() == "18446744073709551615");
    CHECK(SpanValue("true").text() == "\"true\"");
    CHECK_THROWS_AS(SpanValue::json("{a:1}"), ValueError);
    for (const std::string_view text : {"\xC0\x80", "\xE0\x9F\xBF", "\x80", "ok\xC3", "\xC3\xA9"}) {
        CHECK(nlohmann::json::accept(text_of(text)));
    }
}

TEST_CASE("trace: ids are those of OpenTelemetry, and MLflow's") {
    const TraceId id{0x0102030405060708, 0x090a0b0c0d0e0f10};
    CHECK(id.text() == "0102030405060708090a0b0c0d0e0f10");
    CHECK(id.mlflow_id() == "tr-0102030405060708090a0b0c0d0e0f10");
    CHECK(TraceId::parse(id.text()) == id);
    CHECK(TraceId::parse(id.mlflow_id()) == id);
    for (const char* bad :
         {"", "tr-", "0102", "0102030405060708090a0b0c0d0e0f1g", "0102030405060708090a0b0c0d0e0f1012"}) {
        CHECK_THROWS_AS(TraceId::parse(bad), ValueError);
    }
    CHECK(parse_span_id(span_id_text(0xdeadbeef)) == 0xdeadbeef);
    CHECK_THROWS_AS(parse_span_id("-000000000000001"), ValueError);
    CHECK_THROWS_AS(parse_span_status("FINE"), ValueError);
}

TEST_CASE("trace: spans of many threads make one tree") {
    const TemporaryFolder folder;
    const auto tracer = tracer_of(folder);
    {
        const auto root = tracer.start_trace("root");
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&root] {
                for (int i = 0; i < 500; ++i) {
                    auto child = root.start_child("child");
                    auto leaf = child.start_child("leaf");
                    leaf.set_attribute("i", i);
                }
            });
        }
        for (auto& thread : threads) thread.join();
    }
    const auto traces = read_traces(folder.path());
    REQUIRE(traces.size() == 1);
    std::set<std::uint64_t> ids;
    for (const auto& span : traces.front().spans) ids.insert(span.id);
    CHECK(ids.size() == 4001);
    for (const auto& span : traces.front().spans) {
        if (span.parent != 0) CHECK(ids.count(span.parent) == 1);
    }
}

TEST_CASE("trace: a span that ends after its trace was written joins it") {
    const TemporaryFolder folder;
    const auto tracer = tracer_of(folder);
    auto root = tracer.start_trace("root");
    auto slow = root.start_child("slow");
    root.end();
    root.end();
    root.set_attribute("late", 1);
    CHECK_FALSE(slow.update_trace({.tags = {{"late", "1"}}}));
    slow.set_outputs(7);
    slow.end();
    { const auto later = root.start_child("later"); }
    const auto traces = read_traces(folder.path());
    REQUIRE(traces.size() == 3);
    CHECK_FALSE(traces[0].late);
    CHECK(traces[0].spans.size() == 1);
    CHECK(traces[0].spans[0].attributes.empty());
    for (const std::size_t i : {1, 2}) {
        CHECK(traces[i].late);
        CHECK(traces[i].id == traces[0].id);
        REQUIRE(traces[i].spans.size() == 1);
        CHECK(traces[i].spans[0].parent == root.id());
    }
    CHECK(traces[1].spans[0].outputs.text() == "7");
}

TEST_CASE("trace: many spans go to the artifact store") {
    const TemporaryFolder folder;
    const auto tracer = tracer_of(folder);
    {
        auto root = tracer.start_trace("root");
        for (int i = 0; i < 3; ++i)
            root.start_child("big").set_inputs(std::string(2'000'000, static_cast<char>('a' + i)));
    }
    const auto traces = read_traces(folder.path());
    REQUIRE(traces.size() == 1);
    CHECK(traces.front().spans.size() == 4);
    for (const auto& path : list_segments(folder.path())) CHECK(SegmentReader(path).frames().size() <= 2);
    for (const auto& entry : fs::directory_iterator(folder.path() / "artifacts")) {
        fs::resize_file(entry.path(), 1000);
    }
    CHECK_THROWS_AS(read_traces(folder.path()), ValueError);
}

TEST_CASE("trace: a forked child adds spans, and leaves those of its parent alone") {
    const TemporaryFolder folder;
    const auto tracer = tracer_of(folder);
    std::uint64_t root_id = 0;
    {
        auto root = tracer.start_trace("root");
        root_id = root.id();
        const pid_t child = ::fork();
        if (child == 0) {
            { const auto span = root.start_child("in the child"); }
            root.set_attribute("child", true);
            root.end();
            ::_exit(0);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        const auto span = root.start_child("in the parent");
    }
    std::set<std::string> names;
    std::set<std::uint64_t> ids;
    for (const auto& trace : read_traces(folder.path())) {
        for (const auto& span : trace.spans) {
            names.insert(span.name);
            ids.insert(span.id);
            if (span.parent == 0) CHECK((span.id == root_id && span.attributes.empty() && !trace.late));
        }
    }
    CHECK(names == std::set<std::string>{"root", "in the child", "in the parent"});
    CHECK(ids.size() == 3);
}

TEST_CASE("trace: a run's traces go where it goes, another process may join") {
    const TemporaryFolder folder;
    Run run{{.experiment = "icu/Run", .run_name = "night", .journal = folder.path()}};
    const Tracer tracer(run, {{"mlflow.user", "nurse"}});
    auto root = tracer.start_trace("root", {.start_ns = 1'000});
    const Tracer elsewhere(run);
    elsewhere.join_trace(root.trace_id(), root.id(), "remote").end();
    root.end(5'000);
    const auto traces = read_traces(folder.path());
    REQUIRE(traces.size() == 2);
    CHECK(traces[0].late);
    CHECK(traces[0].spans[0].parent == root.id());
    CHECK(traces[1].run == run.id());
    CHECK(traces[1].experiment == "icu/Run");
    CHECK(traces[1].metadata.at("mlflow.user") == "nurse");
    CHECK((traces[1].start_ns == 1'000 && traces[1].end_ns == 5'000));
    CHECK(traces[0].id == traces[1].id);
}

TEST_CASE("trace: a record that is no trace is refused") {
    const TemporaryFolder folder;
    const ArtifactStore store(folder.path() / "artifacts");
    const auto refused = [&store](const char* body) {
        CHECK_THROWS_AS(detail::decode_trace({RecordKind::trace, "", "", "", body}, store), ValueError);
    };
    refused("{}");
    refused(R"({"trace_id":"00"})");
    refused(R"({"trace_id":"0102030405060708090a0b0c0d0e0f10","late":true})");
    refused(R"({"trace_id":"0102030405060708090a0b0c0d0e0f10","late":true,"spans":[{"id":"x"}]})");
    refused(R"({"trace_id":"0102030405060708090a0b0c0d0e0f10","spans":[]})");
}

}  // namespace
}  // namespace assay::tracking
