#include "assay/tracking/mlflow_client.hpp"

#include "assay/tracking/detail/mlflow_json.hpp"

namespace assay::tracking {
namespace {

using detail::encode_url;
using nlohmann::json;

constexpr int no_such_thing = 404;

json parse_object(const std::string& body) {
    auto parsed = json::parse(body, nullptr, false);
    return parsed.is_object() ? parsed : json(nullptr);
}

/// "POST host:port/api/2.0/mlflow/runs/create"
std::string place_of(const http::Request& request) { return request.method + " " + http::loggable_url(request.url); }

bool may_succeed_later(int status, const std::string& words) {
    if (status == 408 || status == 429 || status >= 500) return true;
    // An overloaded server's way to say 503.
    return status == 400 &&
           (words.find("QueuePool") != std::string::npos || words.find("database is locked") != std::string::npos);
}

[[noreturn]] void refuse(const http::Request& request, const http::Response& response) {
    const json body = parse_object(response.body);
    const auto text = [&body](const char* name) {
        return body.is_object() && body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
    };
    const std::string code = text("error_code");
    const std::string words = text("message");
    if (response.status == 401 || response.status == 403) http::expect_success(request, response, code);
    throw MlflowError("MLflow: " + place_of(request) + " was refused with status " + std::to_string(response.status) +
                          (code.empty() ? "" : " " + code),
                      response.status, code, words, may_succeed_later(response.status, words));
}

[[noreturn]] void distrust(const http::Request& request, const http::Response& response, const char* what) {
    throw MlflowError("MLflow: " + place_of(request) + " answered " + std::to_string(response.status) + " with " +
                          what + ", expected MLflow's JSON; is a proxy or a login page in between?",
                      response.status, "", "", true);
}

json send(const http::Client& client, const http::Request& request) {
    const auto response = client.send(request);
    if (!response.ok()) refuse(request, response);
    if (response.body.empty()) distrust(request, response, "an empty body");
    const auto type = response.header("Content-Type").value_or("");
    if (type.find("json") == std::string_view::npos) distrust(request, response, "a body that is not JSON");
    json body = parse_object(response.body);
    if (!body.is_object()) distrust(request, response, "a body that is cut or not a JSON object");
    return body;
}

template <typename Read>
auto read_answer(const http::Request& request, const json& body, Read&& read) {
    try {
        return read(body);
    } catch (const std::exception&) {  // nlohmann's and read_number's
        throw MlflowError("MLflow: " + place_of(request) + " answered JSON without the members expected", 200, "", "",
                          true);
    }
}

http::Request make_request(const char* method, std::string url, http::Headers headers) {
    http::Request request;
    request.method = method;
    request.url = std::move(url);
    request.headers = std::move(headers);
    return request;
}

http::Request get(const std::string& url) { return make_request("GET", url, {{"Accept", "application/json"}}); }

http::Request post(const std::string& url, const json& body) {
    auto request = make_request("POST", url, {{"Content-Type", "application/json"}, {"Accept", "application/json"}});
    request.body = body.dump();
    return request;
}

template <typename T, typename Read>
Page<T> read_page(const json& body, const char* name, Read&& read) {
    Page<T> page;
    if (body.contains(name)) {
        for (const auto& item : body.at(name)) page.items.push_back(read(item));
    }
    page.next = body.value("next_page_token", "");
    return page;
}

}  // namespace

MlflowClient::MlflowClient(ServerAddress address) : url_(std::move(address.url)), http_(std::move(address.options)) {}

bool MlflowClient::healthy() const {
    try {
        auto request = get(url_ + "/health");
        request.retry = RetryPolicy{.attempts = 1};
        request.timeout = std::chrono::milliseconds(5000);
        return http_.send(request).ok();
    } catch (const HttpError&) {
        return false;
    }
}

std::optional<Experiment> MlflowClient::find_experiment(std::string_view name) const {
    const auto request = get(url_ + "/api/2.0/mlflow/experiments/get-by-name?experiment_name=" + encode_url(name));
    try {
        const json body = send(http_, request);
        return read_answer(request, body, [](const json& b) { return detail::read_experiment(b.at("experiment")); });
    } catch (const MlflowError& e) {
        // A proxy's 404 has no error code, and says nothing about the experiment.
        if (e.status() == no_such_thing && e.error_code() == "RESOURCE_DOES_NOT_EXIST") return std::nullopt;
        throw;
    }
}

Experiment MlflowClient::ensure_experiment(const std::string& name) const {
    auto found = find_experiment(name);
    if (!found) {
        try {
            send(http_, post(url_ + "/api/2.0/mlflow/experiments/create", {{"name", name}}));
        } catch (const MlflowError& e) {
            // Another client was faster, or our first answer was lost.
            if (e.error_code() != "RESOURCE_ALREADY_EXISTS") throw;
        }
        found = find_experiment(name);
        if (!found) throw MlflowError("MLflow: the experiment just created is not there", 404, "", "", true);
    }
    if (found->lifecycle_stage == "deleted") {
        throw StateError("MLflow: experiment '" + name +
                         "' is deleted on the server; restore it there, or log to another");
    }
    return *found;
}

ServerRun MlflowClient::create_run(const NewRun& run) const {
    json tags = json::array();
    for (const auto& [key, value] : run.tags) tags.push_back({{"key", key}, {"value", value}});
    auto request = post(url_ + "/api/2.0/mlflow/runs/create", {{"experiment_id", run.experiment_id},
                                                               {"user_id", run.user},
                                                               {"run_name", run.name},
                                                               {"start_time", run.start_time},
                                                               {"tags", tags}});
    request.retry = RetryPolicy{.attempts = 1};
    const json body = send(http_, request);
    return read_answer(request, body, [](const json& b) { return detail::read_run(b.at("run")); });
}

ServerRun MlflowClient::get_run(std::string_view run_id) const {
    const auto request = get(url_ + "/api/2.0/mlflow/runs/get?run_id=" + encode_url(run_id));
    const json body = send(http_, request);
    return read_answer(request, body, [](const json& b) { return detail::read_run(b.at("run")); });
}

void MlflowClient::update_run(std::string_view run_id, const RunUpdate& update) const {
    json fields{{"run_id", run_id}};
    if (update.status) fields["status"] = *update.status;
    if (update.end_time) fields["end_time"] = *update.end_time;
    if (update.name) fields["run_name"] = *update.name;
    const auto request = post(url_ + "/api/2.0/mlflow/runs/update", fields);
    const json body = send(http_, request);
    read_answer(request, body, [](const json& b) { return b.at("run_info").at("run_id").get<std::string>(); });
}

void MlflowClient::delete_run(std::string_view run_id) const {
    send(http_, post(url_ + "/api/2.0/mlflow/runs/delete", {{"run_id", run_id}}));
}

Page<ServerRun> MlflowClient::search_runs(const std::vector<std::string>& experiment_ids, const std::string& filter,
                                          int max_results, const std::string& page_token) const {
    json fields{{"experiment_ids", experiment_ids}, {"filter", filter}, {"max_results", max_results}};
    if (!page_token.empty()) fields["page_token"] = page_token;
    const auto request = post(url_ + "/api/2.0/mlflow/runs/search", fields);
    const json body = send(http_, request);
    return read_answer(request, body, [](const json& b) { return read_page<ServerRun>(b, "runs", detail::read_run); });
}

void MlflowClient::log_batch(std::string_view run_id, const Batch& batch) const {
    send(http_, post(url_ + "/api/2.0/mlflow/runs/log-batch", detail::write_batch(run_id, batch)));
}

void MlflowClient::log_metric(std::string_view run_id, const MetricPoint& point) const {
    json fields = detail::write_metric(point);
    fields["run_id"] = run_id;
    send(http_, post(url_ + "/api/2.0/mlflow/runs/log-metric", fields));
}

void MlflowClient::set_tag(std::string_view run_id, const KeyValue& tag) const {
    json fields = detail::write_key_value(tag);
    fields["run_id"] = run_id;
    send(http_, post(url_ + "/api/2.0/mlflow/runs/set-tag", fields));
}

void MlflowClient::log_input(std::string_view run_id, const DatasetInput& dataset) const {
    json fields{{"run_id", run_id}, {"datasets", json::array({detail::write_dataset(dataset)})}};
    send(http_, post(url_ + "/api/2.0/mlflow/runs/log-inputs", fields));
}

Page<MetricPoint> MlflowClient::metric_history(std::string_view run_id, std::string_view key,
                                               const std::string& page_token) const {
    // Without max_results some versions return everything at once, others an error.
    auto request = get(url_ + "/api/2.0/mlflow/metrics/get-history?run_id=" + encode_url(run_id) +
                       "&metric_key=" + encode_url(key) + "&max_results=25000");
    if (!page_token.empty()) request.url += "&page_token=" + encode_url(page_token);
    const json body = send(http_, request);
    return read_answer(request, body,
                       [](const json& b) { return read_page<MetricPoint>(b, "metrics", detail::read_metric); });
}

std::vector<FileInfo> MlflowClient::list_artifacts(std::string_view run_id, std::string_view folder) const {
    std::vector<FileInfo> files;
    std::string token;
    do {
        auto request = get(url_ + "/api/2.0/mlflow/artifacts/list?run_id=" + encode_url(run_id));
        if (!folder.empty()) request.url += "&path=" + encode_url(folder);
        if (!token.empty()) request.url += "&page_token=" + encode_url(token);
        const json body = send(http_, request);
        auto page = read_answer(request, body, [](const json& b) {
            b.at("root_uri");  // an empty list is `{root_uri}`; any other object is another server's
            return read_page<FileInfo>(b, "files", detail::read_file_info);
        });
        files.insert(files.end(), page.items.begin(), page.items.end());
        token = page.next;
    } while (!token.empty());
    return files;
}

std::string MlflowClient::artifact_url(const ServerRun& run, std::string_view artifact_file) const {
    constexpr std::string_view scheme = "mlflow-artifacts:";
    const std::string_view uri = run.artifact_uri;
    if (uri.substr(0, scheme.size()) != scheme) {
        throw ValueError("MLflow: artifacts of this run lie under '" + std::string(uri.substr(0, uri.find(':'))) +
                         ":', which only that store's own client can write; start the server with --serve-artifacts");
    }
    // mlflow-artifacts:/1/… means the tracking server, mlflow-artifacts://host:port/1/… another one.
    std::string_view rest = uri.substr(scheme.size());
    std::string server = url_;
    if (rest.substr(0, 2) == "//") {
        const auto slash = std::min(rest.find('/', 2), rest.size());
        if (slash > 2) server = url_.substr(0, url_.find("://") + 3) + std::string(rest.substr(2, slash - 2));
        rest = rest.substr(slash);
    }
    while (!rest.empty() && rest.front() == '/') rest.remove_prefix(1);
    return server + "/api/2.0/mlflow-artifacts/artifacts/" + encode_url(rest, true) + "/" +
           encode_url(artifact_file, true);
}

void MlflowClient::upload_artifact(const ServerRun& run, std::string_view artifact_file,
                                   const std::filesystem::path& file) const {
    auto request =
        make_request("PUT", artifact_url(run, artifact_file), {{"Content-Type", "application/octet-stream"}});
    request.body_file = file;
    const auto response = http_.send(request);
    if (!response.ok()) refuse(request, response);
}

std::string MlflowClient::download_artifact(const ServerRun& run, std::string_view artifact_file) const {
    const auto request = make_request("GET", artifact_url(run, artifact_file), {});
    auto response = http_.send(request);
    if (!response.ok()) refuse(request, response);
    return std::move(response.body);
}

}  // namespace assay::tracking
