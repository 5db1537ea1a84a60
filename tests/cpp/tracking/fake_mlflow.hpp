#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace assay::tests {

struct FakeRequest {
    std::string method;
    std::string path;  // with the query
    std::string body;
};

struct FakeAnswer {
    int status = 200;
    std::string body = "{}";
    std::string type = "application/json";
    std::string headers{};  // whole lines, each ended by CRLF
    std::size_t cut = 0;    // bytes of the body that are announced and never sent
    bool hang_up = false;   // close without an answer
};

/// A server on loopback for faults that a real MLflow cannot be brought to make. It keeps runs and points, answers
/// what the sender asks for, and refuses everything else with 404. `fault` sees each request first.
class FakeMlflow {
  public:
    using Fault = std::function<bool(const FakeRequest&, FakeAnswer&)>;  // true: the answer stands

    /// @param port  0 for a free one; a server that comes back takes the one it had
    explicit FakeMlflow(int port = 0) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        const int yes = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0) {
            throw std::runtime_error("no loopback port");
        }
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~FakeMlflow() {
        stop_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        ::close(listener_);
        thread_.join();
    }
    FakeMlflow(const FakeMlflow&) = delete;
    FakeMlflow& operator=(const FakeMlflow&) = delete;

    int port() const noexcept { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// Applied to the state although `fault` answers: an answer that is lost.
    FakeAnswer apply(const FakeRequest& request);

    /// While calls are answered; before the first one `fault` may be set as it is.
    void set_fault(Fault next) {
        const std::lock_guard lock(mutex);
        fault = std::move(next);
    }

    std::mutex mutex;
    Fault fault;
    std::vector<FakeRequest> requests;
    std::map<std::string, nlohmann::json> runs;  // id → {info, tags}
    std::set<std::string> points;                // key|timestamp|step|value: replays collapse
    std::map<std::string, std::string> params;
    std::map<std::string, std::string> artifacts;
    std::map<std::string, nlohmann::json> inputs;  // digest → dataset and tags
    std::string artifact_root = "mlflow-artifacts:/1/";

  private:
    void serve();
    void answer(int connection);

    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

inline FakeAnswer FakeMlflow::apply(const FakeRequest& request) {
    using nlohmann::json;
    const auto is = [&](const char* method, const char* path) {
        return request.method == method && request.path.rfind(std::string("/api/2.0/mlflow") + path, 0) == 0;
    };
    const auto body = json::parse(request.body.empty() ? "{}" : request.body, nullptr, false);
    if (is("GET", "/experiments/get-by-name")) {
        return {200, json{{"experiment", {{"experiment_id", "1"}, {"name", "any"}}}}.dump()};
    }
    if (is("POST", "/runs/search")) {
        json found = json::array();
        for (const auto& [id, run] : runs) {
            const std::string uuid = run["uuid"];
            if (body["filter"].get<std::string>().find(uuid) != std::string::npos) found.push_back(run["run"]);
        }
        return {200, found.empty() ? "{}" : json{{"runs", found}}.dump()};
    }
    if (is("POST", "/runs/create")) {
        const std::string id = "server" + std::to_string(runs.size() + 1);
        std::string uuid;
        for (const auto& tag : body["tags"]) {
            if (tag["key"] == "assay.run_uuid") uuid = tag["value"];
        }
        const json run{{"info",
                        {{"run_id", id},
                         {"run_name", body["run_name"]},
                         {"experiment_id", "1"},
                         {"status", "RUNNING"},
                         {"start_time", body["start_time"]},
                         {"artifact_uri", artifact_root + id + "/artifacts"}}},
                       {"data", json::object()}};
        runs[id] = {{"run", run}, {"uuid", uuid}};
        return {200, json{{"run", run}}.dump()};
    }
    if (is("POST", "/runs/log-batch")) {
        for (const auto& m : body.value("metrics", json::array())) {
            points.insert(m["key"].get<std::string>() + "|" + m["timestamp"].dump() + "|" + m["step"].dump() + "|" +
                          m["value"].dump());
        }
        for (const auto& p : body.value("params", json::array())) params[p["key"]] = p["value"];
        return {200, "{}"};
    }
    if (is("POST", "/runs/log-inputs")) {
        for (const auto& input : body["datasets"]) inputs[input["dataset"]["digest"]] = input;
        return {200, "{}"};
    }
    if (is("POST", "/runs/update")) {
        auto& run = runs.at(body["run_id"])["run"];
        run["info"]["status"] = body["status"];
        if (body.contains("end_time")) run["info"]["end_time"] = body["end_time"];
        return {200, json{{"run_info", run["info"]}}.dump()};
    }
    if (is("GET", "/runs/get")) {
        const auto found = runs.find(request.path.substr(request.path.find('=') + 1));
        if (found == runs.end()) {
            return {404, R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such run"})"};
        }
        return {200, json{{"run", found->second["run"]}}.dump()};
    }
    if (is("GET", "/artifacts/list")) {
        json files = json::array();
        for (const auto& [path, content] : artifacts) {
            files.push_back({{"path", path}, {"is_dir", false}, {"file_size", content.size()}});
        }
        return {200, json{{"root_uri", "mlflow-artifacts:/1"}, {"files", files}}.dump()};
    }
    if (request.method == "PUT" && request.path.rfind("/api/2.0/mlflow-artifacts/artifacts/", 0) == 0) {
        const std::string mark = "/artifacts/";
        artifacts[request.path.substr(request.path.rfind(mark) + mark.size())] = request.body;
        return {200, "", ""};
    }
    return {404, R"({"error_code":"ENDPOINT_NOT_FOUND","message":"no such endpoint"})"};
}

inline void FakeMlflow::serve() {
    while (!stop_) {
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) continue;
        answer(connection);
        ::close(connection);
    }
}

inline void FakeMlflow::answer(int connection) {
    std::string text;
    char block[65536];
    std::size_t head = std::string::npos;
    std::size_t length = 0;
    while (head == std::string::npos || text.size() < head + 4 + length) {
        const auto got = ::recv(connection, block, sizeof block, 0);
        if (got <= 0) return;
        text.append(block, static_cast<std::size_t>(got));
        if (head != std::string::npos) continue;
        head = text.find("\r\n\r\n");
        if (head == std::string::npos) continue;
        const auto at = text.find("Content-Length: ");
        if (at != std::string::npos && at < head) length = std::stoul(text.substr(at + 16));
        if (text.find("Expect: 100") < head) (void)!::write(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    }
    const auto space = text.find(' ');
    FakeRequest request{text.substr(0, space), text.substr(space + 1, text.find(' ', space + 1) - space - 1),
                        text.substr(head + 4, length)};
    FakeAnswer reply;
    {
        const std::lock_guard lock(mutex);
        requests.push_back(request);
        if (!fault || !fault(request, reply)) reply = apply(request);
    }
    if (reply.hang_up) return;
    const std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\nContent-Type: " + reply.type +
                            "\r\nContent-Length: " + std::to_string(reply.body.size() + reply.cut) +
                            "\r\nConnection: close\r\n" + reply.headers + "\r\n" + reply.body;
    for (std::size_t sent = 0; sent < out.size();) {
        const auto wrote = ::send(connection, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
        if (wrote <= 0) return;
        sent += static_cast<std::size_t>(wrote);
    }
}

}  // namespace assay::tests
