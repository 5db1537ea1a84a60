#include "assay/tracking/otlp.hpp"

#include <zlib.h>

#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/tracking/detail/gzip.hpp"
#include "assay/tracking/detail/protobuf_writer.hpp"
#include "assay/tracking/otlp_export.hpp"
#include "catch.hpp"

namespace assay::tracking {
namespace {

using nlohmann::json;

std::string hex(std::string_view bytes) {
    return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

TraceData sample() {
    TraceData trace;
    trace.id = {0x0102030405060708, 0x090a0b0c0d0e0f10};
    trace.tags = {{"ward", "icu"}};
    trace.metadata = {{"mlflow.trace.user", "nurse"}, {"k", "v"}};
    SpanData span;
    span.id = 0xff;
    span.name = "note";
    span.type = "LLM";
    span.start_ns = 1'700'000'000'000'000'001;
    span.end_ns = 1'700'000'000'000'000'009;
    span.status = SpanStatus::error;
    span.status_message = "KeyError";
    span.inputs = SpanValue::json(R"({"b":[1,null,{"x":true}],"a":"t"})");
    span.attributes = {{"n", 3},
                       {"big", SpanValue::json("18446744073709551615")},
                       {std::string(span_attribute::model), "m"},
                       {std::string(span_attribute::token_usage), SpanValue::json(R"({"input_tokens":7})")}};
    span.events = {{"retry", 5, {{"why", SpanValue::json(R"({"status":503})")}, {"waits", SpanValue::json("[1,2]")}}}};
    trace.spans.push_back(span);
    SpanData child;
    child.id = 0x100;
    child.parent = 0xff;
    child.name = "child";
    child.type = "TOOL";
    trace.spans.push_back(child);
    return trace;
}

json encode_json(const TraceData& trace, OtlpDialect dialect) {
    OtlpSpans group{&trace, {}};
    for (const auto& span : trace.spans) group.spans.push_back(&span);
    return json::parse(encode_otlp({group}, OtlpEncoding::json, dialect, {{"service.name", "test"}}));
}

json attribute(const json& span, const std::string& key) {
    for (const auto& item : span["attributes"]) {
        if (item["key"] == key) return item["value"];
    }
    return nullptr;
}

TEST_CASE("protobuf: fields as the specification's examples have them") {
    // protobuf.dev, "Encoding": Test1{a = 150}, Test2{b = "testing"}, Test3{c = Test1{a = 150}}
    detail::ProtobufWriter one;
    one.integer(1, 150);
    CHECK(hex(one.text()) == "089601");
    detail::ProtobufWriter two;
    two.bytes(2, "testing");
    CHECK(hex(two.text()) == "120774657374696e67");
    detail::ProtobufWriter three;
    three.message(3, one);
    CHECK(hex(three.text()) == "1a03089601");
    detail::ProtobufWriter minus;
    minus.integer(1, -2);
    CHECK(hex(minus.text()) == "08feffffffffffffffff01");
    detail::ProtobufWriter fixed;
    fixed.fixed64(7, 0x0102030405060708);
    fixed.number(4, 1.0);
    CHECK(hex(fixed.text()) ==
          "390807060504030201"
          "21000000000000f03f");
}

TEST_CASE("otlp: JSON for MLflow keeps values as they are") {
    const auto trace = sample();
    const json request = encode_json(trace, OtlpDialect::mlflow);
    CHECK(attribute(request["resourceSpans"][0]["resource"], "service.name")["stringValue"] == "test");
    const json& spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"];
    REQUIRE(spans.size() == 2);
    const json& span = spans[0];
    CHECK(span["traceId"] == "0102030405060708090a0b0c0d0e0f10");
    CHECK(span["spanId"] == "00000000000000ff");
    CHECK_FALSE(span.contains("parentSpanId"));
    CHECK(spans[1]["parentSpanId"] == "00000000000000ff");
    CHECK(span["startTimeUnixNano"] == "1700000000000000001");
    CHECK(span["kind"] == 1);
    CHECK(span["status"] == json{{"code", 2}, {"message", "KeyError"}});
    CHECK(attribute(span, "mlflow.spanType")["stringValue"] == "LLM");
    const json inputs = attribute(span, "mlflow.spanInputs")["kvlistValue"]["values"];
    CHECK(inputs[0]["key"] == "b");
    const json list = inputs[0]["value"]["arrayValue"]["values"];
    CHECK(list[0]["intValue"] == "1");
    CHECK(list[1] == json::object());
    CHECK(list[2]["kvlistValue"]["values"][0]["value"]["boolValue"] == true);
    CHECK(attribute(span, "n")["intValue"] == "3");
    CHECK(attribute(span, "big")["doubleValue"] == 18446744073709551615.0);
    CHECK(attribute(span, "mlflow.traceTag.ward").is_null());
    CHECK(span["events"][0]["timeUnixNano"] == "5");
    CHECK(attribute(span["events"][0], "why")["stringValue"] == R"({"status":503})");
    CHECK(attribute(span["events"][0], "waits")["arrayValue"]["values"].size() == 2);
}

TEST_CASE("otlp: JSON for collectors is flat, and names what OpenTelemetry names") {
    const auto trace = sample();
    const json request = encode_json(trace, OtlpDialect::collector);
    const json& span = request["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    CHECK(attribute(span, "mlflow.spanInputs")["stringValue"] == R"({"b":[1,null,{"x":true}],"a":"t"})");
    CHECK(attribute(span, "gen_ai.request.model")["stringValue"] == "m");
    CHECK(attribute(span, "gen_ai.usage.input_tokens")["intValue"] == "7");
    CHECK(attribute(span, "gen_ai.usage.output_tokens").is_null());
    CHECK(attribute(span, "mlflow.traceTag.ward")["stringValue"] == "icu");
    CHECK(attribute(span, "user.id")["stringValue"] == "nurse");
    const json& child = request["resourceSpans"][0]["scopeSpans"][0]["spans"][1];
    CHECK(attribute(child, "mlflow.traceTag.ward").is_null());
}

TEST_CASE("otlp: values nested too deep for receivers become text") {
    TraceData trace = sample();
    std::string deep = "1";
    for (int i = 0; i < 50; ++i) deep = R"({"d":)" + deep + "}";
    trace.spans[0].inputs = SpanValue::json(deep);
    json at = attribute(encode_json(trace, OtlpDialect::mlflow)["resourceSpans"][0]["scopeSpans"][0]["spans"][0],
                        "mlflow.spanInputs");
    int levels = 0;
    for (; at.contains("kvlistValue"); ++levels) at = json(at["kvlistValue"]["values"][0]["value"]);
    CHECK(levels == 20);
    CHECK(json::parse(at["stringValue"].get<std::string>()).is_object());
}

TEST_CASE("gzip: what zlib reads back") {
    for (const std::string& text : {std::string(), std::string("made-up"), std::string(1'000'000, 'x')}) {
        const std::string packed = detail::gzip(text);
        z_stream stream{};
        REQUIRE(::inflateInit2(&stream, 15 + 16) == Z_OK);
        std::string out(text.size() + 1, '\0');
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        stream.avail_in = static_cast<uInt>(packed.size());
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        CHECK(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
        out.resize(stream.total_out);
        ::inflateEnd(&stream);
        CHECK(out == text);
    }
}

Environment environment_of(std::map<std::string, std::string> variables) {
    Environment environment;
    environment.variable = [variables](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    return environment;
}

TEST_CASE("otlp: settings of the environment as the specification has them") {
    CHECK_FALSE(resolve_otlp_endpoint("", environment_of({})));
    CHECK_FALSE(resolve_otlp_endpoint("", environment_of({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}})));
    const auto base = resolve_otlp_endpoint("", environment_of({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/"}}));
    CHECK(base->url == "http://c:4318/v1/traces");
    CHECK(base->encoding == OtlpEncoding::protobuf);
    CHECK_FALSE(base->gzip);
    CHECK(base->options.timeout == std::chrono::seconds(10));
    CHECK(base->resource.at("service.name") == "unknown_service:assay");
    const auto full =
        resolve_otlp_endpoint("", environment_of({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"},
                                                  {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t/x"},
                                                  {"OTEL_EXPORTER_OTLP_HEADERS", "a=1"},
                                                  {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=k%20ey , b = 2,"},
                                                  {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                                                  {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                                  {"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"},
                                                  {"OTEL_SERVICE_NAME", "notes"},
                                                  {"OTEL_RESOURCE_ATTRIBUTES", "service.name=other,ward=icu%2C2"}}));
    CHECK(full->url == "http://t/x");
    CHECK(full->encoding == OtlpEncoding::json);
    CHECK(full->gzip);
    CHECK(full->options.timeout == std::chrono::milliseconds(2500));
    CHECK(full->options.headers == http::Headers{{"api-key", "k ey"}, {"b", "2"}});
    CHECK(full->resource.at("service.name") == "notes");
    CHECK(full->resource.at("ward") == "icu,2");
    CHECK(resolve_otlp_endpoint("http://given/v1/traces", environment_of({}))->url == "http://given/v1/traces");
    for (const auto& [name, value] : std::map<std::string, std::string>{{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                                                                        {"OTEL_EXPORTER_OTLP_COMPRESSION", "zip"},
                                                                        {"OTEL_EXPORTER_OTLP_TIMEOUT", "soon"},
                                                                        {"OTEL_EXPORTER_OTLP_HEADERS", "secret"}}) {
        CAPTURE(name);
        CHECK_THROWS_AS(resolve_otlp_endpoint("http://c", environment_of({{name, value}})), ValueError);
    }
}

}  // namespace
}  // namespace assay::tracking
