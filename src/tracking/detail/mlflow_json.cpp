#include "assay/tracking/detail/mlflow_json.hpp"

#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/number.hpp"

namespace assay::tracking::detail {
namespace {

using nlohmann::json;

double read_number(const json& value) {
    if (value.is_number()) return value.get<double>();
    const auto& text = value.get_ref<const std::string&>();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    const auto number = parse_number(text);
    if (!number) throw ValueError("MLflow: expected a number as metric value");
    return *number;
}

std::map<std::string, std::string> read_pairs(const json& object, const char* name) {
    std::map<std::string, std::string> pairs;
    if (!object.contains(name)) return pairs;
    for (const auto& item : object.at(name)) pairs[item.at("key")] = item.value("value", "");
    return pairs;
}

}  // namespace

std::int64_t read_int(const json& object, const char* name, std::int64_t absent) {
    if (!object.contains(name)) return absent;
    const json& value = object.at(name);
    return value.is_string() ? std::stoll(value.get<std::string>()) : value.get<std::int64_t>();
}

Experiment read_experiment(const json& object) {
    return {object.at("experiment_id"), object.at("name"), object.value("artifact_location", ""),
            object.value("lifecycle_stage", "active")};
}

ServerRun read_run(const json& object) {
    const json& info = object.at("info");
    ServerRun run;
    run.id = info.at("run_id");
    run.name = info.value("run_name", "");
    run.experiment_id = info.at("experiment_id");
    run.status = info.value("status", "RUNNING");
    run.artifact_uri = info.value("artifact_uri", "");
    run.lifecycle_stage = info.value("lifecycle_stage", "active");
    run.start_time = read_int(info, "start_time");
    if (const auto end = read_int(info, "end_time"); end != 0) run.end_time = end;
    if (!object.contains("data")) return run;
    const json& data = object.at("data");
    if (data.contains("metrics")) {
        for (const auto& metric : data.at("metrics")) run.metrics.push_back(read_metric(metric));
    }
    run.params = read_pairs(data, "params");
    run.tags = read_pairs(data, "tags");
    return run;
}

MetricPoint read_metric(const json& object) {
    return {object.at("key"), read_number(object.at("value")), read_int(object, "timestamp"), read_int(object, "step")};
}

FileInfo read_file_info(const json& object) {
    return {object.at("path"), object.value("is_dir", false), read_int(object, "file_size")};
}

json write_number(double value) {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

json write_metric(const MetricPoint& point) {
    return {
        {"key", point.key}, {"value", write_number(point.value)}, {"timestamp", point.timestamp}, {"step", point.step}};
}

json write_key_value(const KeyValue& pair) { return {{"key", pair.key}, {"value", pair.value}}; }

json write_dataset(const DatasetInput& dataset) {
    json described{{"name", dataset.name},
                   {"digest", dataset.digest},
                   {"source_type", dataset.source_type},
                   {"source", dataset.source}};
    if (!dataset.schema.empty()) described["schema"] = dataset.schema;
    if (!dataset.profile.empty()) described["profile"] = dataset.profile;
    json tags = json::array();
    for (const auto& [key, value] : dataset.tags) tags.push_back(write_key_value({key, value}));
    return {{"tags", std::move(tags)}, {"dataset", std::move(described)}};
}

json write_batch(std::string_view run_id, const Batch& batch) {
    json body{{"run_id", run_id}};
    for (const auto& point : batch.metrics) body["metrics"].push_back(write_metric(point));
    for (const auto& pair : batch.params) body["params"].push_back(write_key_value(pair));
    for (const auto& pair : batch.tags) body["tags"].push_back(write_key_value(pair));
    return body;
}

std::string encode_url(std::string_view text, bool keep_slash) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~' || (keep_slash && c == '/');
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += hex[static_cast<unsigned char>(c) >> 4];
            out += hex[static_cast<unsigned char>(c) & 15];
        }
    }
    return out;
}

}  // namespace assay::tracking::detail
