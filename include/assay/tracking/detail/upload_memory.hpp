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

/// Keeps an open upload in a file, so that another process can go on with it. Nothing is kept where the path is empty.
///
/// The file has mode 0600: one line for the upload, one for each part that is done. A torn or damaged line is ignored.
class UploadMemory {
  public:
    explicit UploadMemory(std::filesystem::path file) : file_(std::move(file)) {}

    bool keeps() const noexcept { return !file_.empty(); }

    /// What was kept, if the links still hold at `now` (seconds since 1970): S3's end after an hour.
    std::optional<OpenUpload> recall(std::int64_t now) const;

    // These throw IoError.
    void keep(const OpenUpload& upload) const;
    void keep_part(int number, const std::string& etag) const;
    void forget() const;

  private:
    void append(const nlohmann::json& line) const;

    std::filesystem::path file_;
};

}  // namespace assay::tracking::detail
