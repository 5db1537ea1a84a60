#include "assay/tracking/detail/server_folders.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "assay/base/file.hpp"
#include "assay/base/hash.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;

fs::path server_folder(const fs::path& journal, const std::string& server_key) {
    return journal / "sync" / to_hex(sha256(server_key)).substr(0, 16);
}

void for_each_json_line(const fs::path& file, const std::function<void(const nlohmann::json&)>& take) {
    std::error_code missing;
    if (!fs::exists(file, missing)) return;
    std::istringstream in(read_file(file));
    for (std::string line; std::getline(in, line);) {
        try {
            if (!line.empty()) take(nlohmann::json::parse(line));
        } catch (const nlohmann::json::exception&) {
            // Cut short by a crash.
        }
    }
}

ServerFolder::ServerFolder(fs::path folder) : folder_(std::move(folder)), name_(folder_.filename().string()) {
    std::error_code missing;
    if (!fs::exists(folder_ / "server", missing)) return;
    std::string key = read_file(folder_ / "server");
    if (!key.empty()) name_ = std::move(key);
}

const AckLog& ServerFolder::acks(const std::string& segment) {
    const auto known = acks_.find(segment);
    if (known != acks_.end()) return known->second;
    return acks_.emplace(segment, AckLog(ack_file(segment))).first->second;
}

std::map<std::string, std::string> ServerFolder::runs() const {
    std::map<std::string, std::string> runs;
    for_each_json_line(folder_ / "runs.jsonl", [&runs](const nlohmann::json& entry) {
        runs[entry.at("run")] = entry.at("server_run").get<std::string>();
    });
    return runs;
}

std::vector<ServerFolder> list_servers(const fs::path& journal) {
    std::vector<fs::path> folders;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(journal / "sync", missing)) {
        if (entry.is_directory(missing)) folders.push_back(entry.path());
    }
    std::sort(folders.begin(), folders.end());
    return {folders.begin(), folders.end()};
}

}  // namespace assay::tracking::detail
