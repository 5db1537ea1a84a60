#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "assay/tracking/detail/ack_log.hpp"

namespace assay::tracking::detail {

/// The folder of a server's acknowledgements within a journal.
std::filesystem::path server_folder(const std::filesystem::path& journal, const std::string& server_key);

/// What one server has acknowledged, read without the sender's lock: at worst a moment old.
class ServerFolder {
  public:
    explicit ServerFolder(std::filesystem::path folder);

    /// The key it was delivered under, without user and password; the folder's name where it is not known.
    const std::string& name() const noexcept { return name_; }
    const std::filesystem::path& path() const noexcept { return folder_; }

    const AckLog& acks(const std::string& segment);
    /// The file with a segment's acknowledgements, whether it is there or not.
    std::filesystem::path ack_file(const std::string& segment) const { return folder_ / (segment + ".ack"); }
    /// Journal's run id → server's.
    std::map<std::string, std::string> runs() const;

  private:
    std::filesystem::path folder_;
    std::string name_;
    std::map<std::string, AckLog> acks_;
};

/// Every server that a journal was delivered to.
std::vector<ServerFolder> list_servers(const std::filesystem::path& journal);

/// Calls `take` with each line of a file of JSON lines that can be read as one; lines that a crash cut are passed over.
void for_each_json_line(const std::filesystem::path& file, const std::function<void(const nlohmann::json&)>& take);

}  // namespace assay::tracking::detail
