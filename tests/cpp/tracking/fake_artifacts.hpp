#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/loopback_server.hpp"

namespace assay::tests {

/// A store as S3 is one: parts by link, ETags, ranges. Links carry a signature; anything else that says who asks is an
/// error, as it is to S3.
class FakeStore {
  public:
    using Fault = std::function<bool(const Received&, Reply&)>;  // true: the reply stands

    FakeStore() : server_([this](const Received& r, int) { return answer(r); }) {}

    std::string link(const std::string& what) const { return server_.url("/" + what) + "?sig=made-up-signature"; }

    std::mutex mutex;
    Fault fault{};
    std::map<std::string, std::string> objects;                 // by key
    std::map<std::string, std::map<int, std::string>> uploads;  // upload id → parts
    std::map<std::string, int> sent;                            // by target: how often it came
    bool signature_holds = true;
    std::set<std::string> wrong;  // what was done that must not be

    static std::string etag_of(const std::string& content) {
        return '"' + std::to_string(std::hash<std::string>{}(content)) + '"';
    }

  private:
    Reply answer(const Received& r) {
        const std::lock_guard lock(mutex);
        Reply reply;
        ++sent[r.target];
        if (r.names("authorization") || r.names("x-secret")) wrong.insert("credentials sent to the store");
        if (fault && fault(r, reply)) return reply;
        const std::string key = r.target.substr(1, r.target.find('?') - 1);
        if (r.target.find("?sig=made-up-signature") == std::string::npos || !signature_holds) {
            reply.status = 403;
            return reply;
        }
        if (r.method == "PUT") {  // "part/<upload>/<number>"
            const auto slash = key.rfind('/');
            const std::string upload = key.substr(5, slash - 5);
            if (uploads.count(upload) == 0) {
                reply.status = 404;
                return reply;
            }
            uploads[upload][std::stoi(key.substr(slash + 1))] = r.body;
            reply.headers = "ETag: " + etag_of(r.body) + "\r\n";
            return reply;
        }
        return range_of(r, objects.at(key));
    }

  public:
    /// What a server does that honours Range and If-Range.
    static Reply range_of(const Received& r, const std::string& content) {
        Reply reply;
        reply.headers = "Content-Type: application/octet-stream\r\nETag: " + etag_of(content) + "\r\n";
        const auto at = r.head.find("\r\nrange: bytes=");
        const bool same = !r.names("if-range") || r.has("if-range: " + etag_of(content));
        reply.body = content;
        if (at == std::string::npos || !same) return reply;
        const std::string text = r.head.substr(at + 15, r.head.find("\r\n", at + 2) - at - 15);
        const auto first = std::stoul(text);
        const std::string end = text.substr(text.find('-') + 1);
        const auto last = end.empty() ? content.size() - 1 : std::min<std::size_t>(std::stoul(end), content.size() - 1);
        reply.status = 206;
        reply.body = content.substr(first, last - first + 1);
        reply.headers += "Content-Range: bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' +
                         std::to_string(content.size()) + "\r\n";
        return reply;
    }

  private:
    LoopbackServer server_;
};

/// MLflow's artifact proxy, as strict as the real one about methods, bodies and names; faults come from `fault`.
class FakeProxy {
  public:
    using Fault = FakeStore::Fault;

    FakeProxy() : server_([this](const Received& r, int) { return answer(r); }) {}

    std::string url() const {
        std::string url = server_.url();
        url.pop_back();
        return url;
    }
    std::string authority() const { return server_.authority(); }
    int requests() const { return server_.requests(); }
    Received request(std::size_t i) const { return server_.request(i); }

    std::mutex mutex;
    Fault fault{};
    bool offers_parts = false;
    FakeStore store;
    std::map<std::string, std::string> files;  // by path below the proxy's root
    std::map<std::string, int> calls;          // by method and endpoint

    /// Applied although `fault` answers: an answer that is lost.
    Reply apply(const Received& r) {
        const std::string api = "/api/2.0/mlflow-artifacts/";
        if (r.target.rfind(api, 0) != 0) return refuse(404, "ENDPOINT_NOT_FOUND");
        const std::string rest = r.target.substr(api.size());
        if (rest.rfind("artifacts?path=", 0) == 0 && r.method == "GET") return list(decode(rest.substr(15)));
        for (const char* endpoint : {"artifacts/", "mpu/create/", "mpu/complete/", "mpu/abort/", "presigned/"}) {
            if (rest.rfind(endpoint, 0) != 0) continue;
            return of_path(endpoint, decode(rest.substr(std::string(endpoint).size())), r);
        }
        return refuse(404, "ENDPOINT_NOT_FOUND");
    }

    static Reply json_reply(const nlohmann::json& body) {
        Reply reply;
        reply.headers = "Content-Type: application/json\r\n";
        reply.body = body.dump();
        return reply;
    }
    static Reply refuse(int status, const std::string& code) {
        Reply reply = json_reply({{"error_code", code}, {"message", "refused"}});
        reply.status = status;
        return reply;
    }

  private:
    Reply answer(const Received& r) {
        const std::lock_guard lock(mutex);
        Reply reply;
        return fault && fault(r, reply) ? reply : apply(r);
    }

    Reply of_path(const std::string& endpoint, const std::string& path, const Received& r) {
        ++calls[r.method + ' ' + endpoint];
        if (endpoint == "artifacts/") return file(path, r);
        if (endpoint == "presigned/") return presigned(path);
        const auto body = nlohmann::json::parse(r.body, nullptr, false);
        if (r.method != "POST" || !body.is_object()) return refuse(400, "BAD_REQUEST");
        if (!offers_parts) return refuse(501, "NOT_IMPLEMENTED");
        const std::string key = path + '/' + body.at("path").get<std::string>();
        if (endpoint == "mpu/create/") return create(key, body.at("num_parts"));
        const std::string id = body.at("upload_id");
        const std::lock_guard lock(store.mutex);
        const auto upload = store.uploads.find(id);
        if (upload == store.uploads.end()) return refuse(500, "INTERNAL_ERROR");  // S3's NoSuchUpload
        if (endpoint == "mpu/complete/") {
            std::string whole;
            int number = 0;
            for (const auto& part : body.at("parts")) {
                const auto& held = upload->second[part.at("part_number")];
                if (part.at("part_number") != ++number || part.at("etag") != FakeStore::etag_of(held)) {
                    return refuse(500, "INTERNAL_ERROR");
                }
                whole += held;
            }
            files[key] = whole;
        }
        store.uploads.erase(upload);
        return json_reply(nlohmann::json::object());
    }

    Reply create(const std::string& key, int parts) {
        const std::string id = "upload" + std::to_string(++uploads_);
        nlohmann::json links = nlohmann::json::array();
        for (int i = 1; i <= parts; ++i) {
            links.push_back({{"part_number", i}, {"url", store.link("part/" + id + '/' + std::to_string(i))}});
        }
        const std::lock_guard lock(store.mutex);
        store.uploads[id];
        last_key = key;
        return json_reply({{"upload_id", id}, {"credentials", links}});
    }

    Reply presigned(const std::string& path) {
        if (!offers_parts) return refuse(501, "NOT_IMPLEMENTED");
        if (files.count(path) == 0) return refuse(404, "RESOURCE_DOES_NOT_EXIST");
        const std::lock_guard lock(store.mutex);
        store.objects[path] = files[path];
        return json_reply(
            {{"url", store.link(path)}, {"headers", nlohmann::json::object()}, {"file_size", files[path].size()}});
    }

    Reply file(const std::string& path, const Received& r) {
        if (r.method == "PUT") {
            files[path] = r.body;
            return {};
        }
        if (r.method != "GET") return refuse(405, "BAD_REQUEST");
        return files.count(path) == 0 ? refuse(404, "RESOURCE_DOES_NOT_EXIST") : FakeStore::range_of(r, files.at(path));
    }

    Reply list(const std::string& folder) {
        nlohmann::json found = nlohmann::json::array();
        std::set<std::string> folders;
        for (const auto& [path, content] : files) {
            if (path.rfind(folder + '/', 0) != 0) continue;
            const std::string inside = path.substr(folder.size() + 1);
            const auto slash = inside.find('/');
            if (slash == std::string::npos) {
                found.push_back({{"path", inside}, {"is_dir", false}, {"file_size", content.size()}});
            } else if (folders.insert(inside.substr(0, slash)).second) {
                found.push_back({{"path", inside.substr(0, slash)}, {"is_dir", true}});
            }
        }
        return json_reply(found.empty() ? nlohmann::json::object() : nlohmann::json{{"files", found}});
    }

    static std::string decode(const std::string& text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '%') {
                out += text[i];
                continue;
            }
            out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
        return out;
    }

    std::atomic<int> uploads_{0};
    std::string last_key;
    LoopbackServer server_;
};

}  // namespace assay::tests
