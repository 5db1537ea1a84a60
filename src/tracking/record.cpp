#include "assay/tracking/record.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"

namespace assay::tracking {
namespace {

using nlohmann::json;

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    const auto plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
    out += '"';
    if (std::all_of(text.begin(), text.end(), plain)) {
        out += text;
        out += '"';
        return;
    }
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

double metric_value(const json& value) {
    if (value.is_number()) return value.get<double>();
    const auto& text = value.get_ref<const std::string&>();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    throw ValueError("decode: expected a number, NaN, Infinity or -Infinity as metric value");
}

json to_json(const CreateRun& r) {
    return {{"run", r.run},  {"experiment", r.experiment}, {"name", r.name}, {"parent", r.parent}, {"user", r.user},
            {"tags", r.tags}};
}
json to_json(const Param& r) { return {{"run", r.run}, {"key", r.key}, {"value", r.value}}; }
json to_json(const Tag& r) { return {{"run", r.run}, {"key", r.key}, {"value", r.value}}; }
json to_json(const Artifact& r) { return {{"run", r.run}, {"path", r.path}, {"sha256", r.sha256}, {"size", r.size}}; }
json to_json(const EndRun& r) { return {{"run", r.run}, {"status", to_string(r.status)}}; }
nlohmann::ordered_json to_json(const Document& d) {
    auto body = nlohmann::ordered_json::parse(d.body, nullptr, false);
    if (!body.is_object()) throw ValueError("encode: expected a JSON object as the body of a document");
    nlohmann::ordered_json out{{"run", d.run}, {"experiment", d.experiment}, {"id", d.id}, {"body", std::move(body)}};
    if (!d.contents.empty()) out["contents"] = d.contents;
    return out;
}

Record from_json(RecordKind kind, const json& j) {
    const auto text = [&j](const char* name) { return j.at(name).get<std::string>(); };
    switch (kind) {
        case RecordKind::create_run:
            return CreateRun{text("run"),  text("experiment"),
                             text("name"), text("parent"),
                             text("user"), j.at("tags").get<std::map<std::string, std::string>>()};
        case RecordKind::metric:
            return Metric{text("run"), text("key"), metric_value(j.at("value")), j.at("step").get<std::int64_t>()};
        case RecordKind::param:
            return Param{text("run"), text("key"), text("value")};
        case RecordKind::tag:
            return Tag{text("run"), text("key"), text("value")};
        case RecordKind::artifact:
            return Artifact{text("run"), text("path"), text("sha256"), j.at("size").get<std::int64_t>()};
        case RecordKind::end_run:
            return EndRun{text("run"), parse_run_status(text("status"))};
        default:
            break;
    }
    throw ValueError("decode: record kind " + std::to_string(static_cast<int>(kind)) +
                     " is unknown; the journal was written by a newer version of Assay");
}

bool is_document(RecordKind kind) noexcept { return kind >= RecordKind::input && kind <= RecordKind::model_metric; }

/// The members of a body stay in the order in which they were written: it may hold what a user wants to see again.
Document document_from_json(RecordKind kind, std::string_view payload) {
    const auto j = nlohmann::ordered_json::parse(payload);
    const auto text = [&j](const char* name) { return j.at(name).get<std::string>(); };
    return {kind,       text("run"),         text("experiment"),
            text("id"), j.at("body").dump(), j.value("contents", std::vector<std::string>{})};
}

}  // namespace

std::string_view to_string(RunStatus status) noexcept {
    switch (status) {
        case RunStatus::running:
            return "RUNNING";
        case RunStatus::finished:
            return "FINISHED";
        case RunStatus::failed:
            return "FAILED";
        case RunStatus::killed:
            return "KILLED";
    }
    return "RUNNING";
}

std::string_view to_string(RecordKind kind) noexcept {
    switch (kind) {
        case RecordKind::create_run:
            return "create_run";
        case RecordKind::metric:
            return "metric";
        case RecordKind::param:
            return "param";
        case RecordKind::tag:
            return "tag";
        case RecordKind::artifact:
            return "artifact";
        case RecordKind::end_run:
            return "end_run";
        case RecordKind::input:
            return "input";
        case RecordKind::model:
            return "model";
        case RecordKind::model_version:
            return "model_version";
        case RecordKind::trace:
            return "trace";
        case RecordKind::assessment:
            return "assessment";
        case RecordKind::tag_removal:
            return "tag_removal";
        case RecordKind::experiment_tag:
            return "experiment_tag";
        case RecordKind::model_metric:
            return "model_metric";
        case RecordKind::segment_end:
            return "segment_end";
    }
    return "unknown";
}

RunStatus parse_run_status(std::string_view text) {
    for (const auto status : {RunStatus::running, RunStatus::finished, RunStatus::failed, RunStatus::killed}) {
        if (text == to_string(status)) return status;
    }
    throw ValueError("run status: expected RUNNING, FINISHED, FAILED or KILLED, got '" + std::string(text) + "'");
}

RecordKind kind_of(const Record& record) noexcept {
    // The alternatives stand in the order of the kinds, which begin at 1.
    static_assert(std::is_same_v<std::variant_alternative_t<5, Record>, EndRun>);
    if (const auto* document = std::get_if<Document>(&record)) return document->kind;
    return static_cast<RecordKind>(record.index() + 1);
}

const std::string& run_of(const Record& record) noexcept {
    return std::visit([](const auto& r) -> const std::string& { return r.run; }, record);
}

std::string encode(const Record& record) {
    return std::visit(
        [](const auto& r) -> std::string {
            if constexpr (std::is_same_v<std::decay_t<decltype(r)>, Metric>) {
                std::string out;
                encode_metric(out, r.run, r.key, r.value, r.step);
                return out;
            } else {
                try {
                    return to_json(r).dump();
                } catch (const json::exception&) {
                    throw ValueError("encode: expected UTF-8 text in a journal record; decode the bytes first");
                }
            }
        },
        record);
}

void encode_metric(std::string& out, std::string_view run, std::string_view key, double value, std::int64_t step) {
    char tail[96];
    char* at = tail;
    const auto put = [&at](std::string_view text) { at = std::copy(text.begin(), text.end(), at); };
    put(R"(,"value":)");
    if (std::isfinite(value)) {
        at = std::to_chars(at, std::end(tail), value).ptr;
        // "-0" would be read back as an integer, and the sign lost.
        if (value == 0 && std::signbit(value)) put(".0");
    } else {
        put(std::isnan(value) ? R"("NaN")" : value > 0 ? R"("Infinity")" : R"("-Infinity")");
    }
    put(R"(,"step":)");
    at = std::to_chars(at, std::end(tail), step).ptr;
    *at++ = '}';
    out += R"({"run":")";
    out += run;
    out += R"(","key":)";
    append_json_string(out, key);
    out.append(tail, at);
}

Record decode(RecordKind kind, std::string_view payload) {
    try {
        if (is_document(kind)) return document_from_json(kind, payload);
        return from_json(kind, json::parse(payload));
    } catch (const json::exception& e) {
        throw ValueError("decode: expected the JSON object of a record of kind " +
                         std::to_string(static_cast<int>(kind)) + " (JSON error " + std::to_string(e.id) + ")");
    }
}

}  // namespace assay::tracking
