#include "assay/tracking/detail/delivery_state.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/tracking/detail/server_folders.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;
using assay::detail::FileDescriptor;
using assay::detail::io_error;

namespace {

fs::path make_folder(fs::path folder, bool from_scratch) {
    std::error_code failed;
    if (from_scratch) fs::remove_all(folder, failed);
    fs::create_directories(folder, failed);
    if (failed) throw IoError("sync: cannot create " + folder.string() + ": " + failed.message());
    return folder;
}

}  // namespace

DeliveryState::DeliveryState(const fs::path& journal, const std::string& server_key, bool from_scratch)
    : lock_(journal), folder_(make_folder(server_folder(journal, server_key), from_scratch)), settled_(folder_) {
    if (!fs::exists(folder_ / "server")) write_file_atomic(folder_ / "server", server_key);
    for_each_json_line(folder_ / "runs.jsonl", [this](const nlohmann::json& entry) {
        runs_[entry.at("run")] = entry.at("server_run").get<std::string>();
    });
    for_each_json_line(folder_ / "set_aside.jsonl", [this](const nlohmann::json& entry) {
        refused_ += static_cast<index>(entry.at("sequences").size());
    });
}

AckLog& DeliveryState::acks(const std::string& segment) {
    const auto known = acks_.find(segment);
    if (known != acks_.end()) return known->second;
    return acks_.emplace(segment, AckLog(folder_ / (segment + ".ack"))).first->second;
}

std::optional<std::string> DeliveryState::server_run(const std::string& run) const {
    const auto known = runs_.find(run);
    return known == runs_.end() ? std::nullopt : std::optional(known->second);
}

void DeliveryState::remember_run(const std::string& run, const std::string& server_run) {
    append_line("runs.jsonl", nlohmann::json{{"run", run}, {"server_run", server_run}}.dump());
    runs_[run] = server_run;
}

void DeliveryState::remember_set_aside(std::string_view json_line) { append_line("set_aside.jsonl", json_line); }

void DeliveryState::append_line(const char* name, std::string_view line) const {
    const fs::path file = folder_ / name;
    const FileDescriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (out.get() < 0) throw io_error("sync", file, errno);
    // A line that a crash cut short is ended first, so that it does not take this one with it.
    std::string text = "\n";
    text += line;
    text += '\n';
    assay::detail::write_all(out.get(), text, file);
    ::fsync(out.get());
}

}  // namespace assay::tracking::detail
