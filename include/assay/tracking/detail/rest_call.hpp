#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/rest/connection.hpp"
#include "assay/tracking/rest/page.hpp"

/// What the classes of rest/ share: an endpoint's answer as a value.
namespace assay::tracking::detail {

inline constexpr std::string_view api2 = "/api/2.0/mlflow/";
inline constexpr std::string_view api3 = "/api/3.0/mlflow/";

inline std::string endpoint(std::string_view api, std::string_view name) {
    return std::string(api) + std::string(name);
}

/// An answer of which only its being MLflow's JSON counts.
inline void nothing(const nlohmann::json&) {}

/// The struct under `name` of the answer to a GET.
template <typename T>
T get(const rest::Connection& connection, const std::string& path, const rest::Query& query, const char* name) {
    T out{};
    connection.get(path, query, [&](const nlohmann::json& answer) { out = read<T>(answer, name); });
    return out;
}

/// The struct under `name` of the answer to a JSON body.
template <typename T>
T send(const rest::Connection& connection, const char* method, const std::string& path, const nlohmann::json& body,
       const char* name, rest::Repeat repeat = rest::Repeat::yes) {
    T out{};
    connection.send(
        method, path, body, [&](const nlohmann::json& answer) { out = read<T>(answer, name); }, repeat);
    return out;
}

/// Deletes. Where that was repeated because an answer was lost, what is not there has been deleted.
inline void remove(const rest::Connection& connection, const char* method, const std::string& path,
                   const nlohmann::json& body) {
    try {
        connection.send(method, path, body, nothing, rest::Repeat::refused);
    } catch (const ResourceDoesNotExist& e) {
        if (!e.repeated()) throw;
    }
}

/// The items under `name`, which an empty list lacks.
template <typename T>
Page<T> read_page(const nlohmann::json& answer, const char* name) {
    Page<T> page;
    if (const auto found = answer.find(name); found != answer.end()) read_value(*found, page.items);
    page.next = answer.value("next_page_token", "");
    return page;
}

template <typename T>
Page<T> get_page(const rest::Connection& connection, const std::string& path, rest::Query query, const char* name,
                 const std::string& token) {
    if (!token.empty()) query.emplace_back("page_token", token);
    Page<T> page;
    connection.get(path, query, [&](const nlohmann::json& answer) { page = read_page<T>(answer, name); });
    return page;
}

template <typename T>
Page<T> post_page(const rest::Connection& connection, const std::string& path, nlohmann::json body, const char* name,
                  const std::string& token) {
    if (!token.empty()) body["page_token"] = token;
    Page<T> page;
    connection.send("POST", path, body, [&](const nlohmann::json& answer) { page = read_page<T>(answer, name); });
    return page;
}

/// With the member where it is not empty.
template <typename T>
void put(nlohmann::json& body, const char* name, const T& value) {
    if (is_absent(value)) return;
    if constexpr (requires { *value; }) {
        body[name] = write_value(*value);
    } else {
        body[name] = write_value(value);
    }
}

/// The files under a folder, which is asked for by the member `folder` where it is not empty.
inline std::vector<FileInfo> list_files(const rest::Connection& connection, const std::string& path, rest::Query query,
                                        std::pair<std::string, std::string> folder) {
    if (!folder.second.empty()) query.push_back(std::move(folder));
    std::vector<FileInfo> files;
    rest::PageRange<FileInfo> pages([&](const std::string& token) {
        rest::Query next = query;
        if (!token.empty()) next.emplace_back("page_token", token);
        Page<FileInfo> page;
        connection.get(path, next, [&](const nlohmann::json& answer) {
            answer.at("root_uri");  // an empty list is `{root_uri}`; any other object is another server's
            page = read_page<FileInfo>(answer, "files");
        });
        return page;
    });
    for (auto& file : pages) files.push_back(std::move(file));
    return files;
}

}  // namespace assay::tracking::detail
