#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace assay::tracking::detail {

/// Where one part of an upload goes.
struct PartLink {
    int number = 0;
    std::string url;  ///< lets whoever has it write this part; never in a log or message
    std::map<std::string, std::string> headers;
};

/// An upload in parts that a server has begun.
struct OpenUpload {
    std::string id;
    std::int64_t part_size = 0;
    std::int64_t began = 0;  ///< seconds since 1970
    std::vector<PartLink> links;
    std::map<int, std::string> etags;  ///< of the parts that the store has
};

/// Keeps an open upload, so that a later call can go on with it. Nothing is kept where the path is empty.
///
/// The upload's id and the parts' ETags lie in a file of mode 0600: one line for the upload, one for each part that is
/// done; a torn or damaged line is ignored. The links are credentials: they are held in this process's memory alone.
class UploadMemory {
  public:
    explicit UploadMemory(std::filesystem::path file) : file_(std::move(file)) {}

    bool keeps() const noexcept { return !file_.empty(); }

    /// What was kept: with its links, if this process holds them and they are good at `now` (seconds since 1970; S3's
    /// end after an hour), else without any.
    std::optional<OpenUpload> recall(std::int64_t now) const;

    // These throw IoError.
    void keep(const OpenUpload& upload) const;
    void keep_part(int number, const std::string& etag) const;
    /// Holds the links for the next recall() by this process.
    void hold_links(OpenUpload upload) const;
    void forget() const;

  private:
    void append(const nlohmann::json& line) const;

    std::filesystem::path file_;
};

}  // namespace assay::tracking::detail
