#include "assay/tracking/rest/traces.hpp"

#include <algorithm>

#include "assay/tracking/detail/gzip.hpp"
#include "assay/tracking/detail/rest_call.hpp"
#include "assay/tracking/detail/trace_shapes.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::rest {
namespace {

using detail::nothing;
using nlohmann::json;

constexpr std::size_t most_ids_at_once = 100;

std::string trace_path(std::string_view trace_id, std::string_view rest = {}) {
    return detail::endpoint(detail::api3, "traces/" + detail::encode_url(trace_id) + std::string(rest));
}

/// {"trace": {"trace_info": …}}
TraceInfo read_trace(const json& answer) { return detail::read<TraceInfo>(answer.at("trace"), "trace_info"); }

index remove_some(const Connection& connection, const json& body) {
    std::int64_t deleted = 0;
    const auto read = [&](const json& answer) {
        if (answer.contains("traces_deleted")) detail::read_value(answer["traces_deleted"], deleted);
    };
    // Again, it would tell of fewer, or delete others.
    connection.send("POST", detail::endpoint(detail::api3, "traces/delete-traces"), body, read, Repeat::no);
    return static_cast<index>(deleted);
}

}  // namespace

TraceInfo Traces::create(const TraceInfo& trace) const {
    TraceInfo kept;
    connection_.send("POST", detail::endpoint(detail::api3, "traces"),
                     {{"trace", {{"trace_info", detail::write_value(trace)}}}},
                     [&](const json& answer) { kept = read_trace(answer); });
    return kept;
}

void Traces::add_spans(const std::string& experiment_id, std::string_view otlp) const {
    http::Request request;
    request.method = "POST";
    request.url = connection_.url() + "/v1/traces";
    request.headers = {{"Content-Type", "application/x-protobuf"},
                       {"Content-Encoding", "gzip"},
                       {"x-mlflow-experiment-id", experiment_id}};
    request.body = detail::gzip(otlp);
    const http::Response response = connection_.transfer(request);
    // The body of a success is empty; its type tells it from a proxy's or a login page's.
    if (response.header("Content-Type").value_or("").find("protobuf") == std::string_view::npos) {
        throw UnexpectedAnswer({"MLflow: POST " + http::loggable_url(request.url) +
                                    " answered with what is not OTLP; is a proxy or a login page in between?",
                                response.status, "", "", true});
    }
}

TraceInfo Traces::get(std::string_view trace_id) const {
    TraceInfo trace;
    connection_.get(trace_path(trace_id), {}, [&](const json& answer) { trace = read_trace(answer); });
    return trace;
}

std::optional<TraceInfo> Traces::find(std::string_view trace_id) const {
    try {
        return get(trace_id);
    } catch (const ResourceDoesNotExist&) {
        return std::nullopt;
    }
}

JsonText Traces::spans(std::string_view trace_id) const {
    JsonText spans;
    connection_.get(detail::endpoint(detail::api3, "traces/get"), {{"trace_id", std::string(trace_id)}},
                    [&](const json& answer) {
                        const json& trace = answer.at("trace");
                        spans.text = trace.value("spans", json::array()).dump();
                    });
    return spans;
}

Page<TraceInfo> Traces::search_page(const TraceQuery& query, const std::string& page_token) const {
    json body{{"locations", json::array()}, {"max_results", query.page_size}};
    for (const auto& id : query.experiment_ids) body["locations"].push_back(detail::write_location(id));
    detail::put(body, "filter", query.filter);
    detail::put(body, "order_by", query.order_by);
    return detail::post_page<TraceInfo>(connection_, detail::endpoint(detail::api3, "traces/search"), body, "traces",
                                        page_token);
}

PageRange<TraceInfo> Traces::search(const TraceQuery& query) const {
    return PageRange<TraceInfo>(
        [self = *this, query](const std::string& token) { return self.search_page(query, token); });
}

void Traces::set_tag(std::string_view trace_id, const KeyValue& tag) const {
    connection_.send("PATCH", trace_path(trace_id, "/tags"), {{"key", tag.key}, {"value", tag.value}}, nothing);
}

void Traces::delete_tag(std::string_view trace_id, const std::string& key) const {
    detail::remove(connection_, "DELETE", trace_path(trace_id, "/tags"), {{"key", key}});
}

index Traces::remove(const std::string& experiment_id, const std::vector<std::string>& trace_ids) const {
    index deleted = 0;
    for (std::size_t first = 0; first < trace_ids.size(); first += most_ids_at_once) {
        const auto last = std::min(first + most_ids_at_once, trace_ids.size());
        const std::vector<std::string> some(trace_ids.begin() + static_cast<index>(first),
                                            trace_ids.begin() + static_cast<index>(last));
        deleted += remove_some(connection_, {{"experiment_id", experiment_id}, {"request_ids", some}});
    }
    return deleted;
}

index Traces::remove_until(const std::string& experiment_id, Timestamp last, std::optional<int> most) const {
    json body{{"experiment_id", experiment_id}, {"max_timestamp_millis", last.micros() / 1000}};
    if (most) body["max_traces"] = *most;
    return remove_some(connection_, body);
}

void Traces::link_to_run(const std::vector<std::string>& trace_ids, const std::string& run_id) const {
    connection_.send("POST", detail::endpoint(detail::api2, "traces/link-to-run"),
                     {{"trace_ids", trace_ids}, {"run_id", run_id}}, nothing);
}

}  // namespace assay::tracking::rest
