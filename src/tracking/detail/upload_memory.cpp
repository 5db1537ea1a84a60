#include "assay/tracking/detail/upload_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "assay/base/detail/file_descriptor.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::int64_t lifetime = 50 * 60;  // of links that hold for an hour; a part needs time, too

std::optional<OpenUpload> read_upload(const json& line) {
    OpenUpload upload;
    upload.id = line.at("upload_id");
    upload.part_size = line.at("part_size");
    upload.began = line.at("began");
    for (const auto& link : line.at("links")) {
        upload.links.push_back({link.at("part_number"), link.at("url"), link.at("headers")});
    }
    return upload;
}

}  // namespace

std::optional<OpenUpload> UploadMemory::recall(std::int64_t now) const {
    if (file_.empty()) return std::nullopt;
    std::ifstream in(file_);
    std::optional<OpenUpload> upload;
    for (std::string text; std::getline(in, text);) {
        const json line = json::parse(text, nullptr, false);
        try {
            if (!upload) {
                upload = read_upload(line);
            } else {
                upload->etags[line.at("part_number")] = line.at("etag");
            }
        } catch (const json::exception&) {
            if (!upload) return std::nullopt;
        }
    }
    const bool holds = upload && upload->began <= now && now - upload->began < lifetime;
    return holds ? upload : std::nullopt;
}

void UploadMemory::keep(const OpenUpload& upload) const {
    if (file_.empty()) return;
    forget();
    std::error_code ignored;
    fs::create_directories(file_.parent_path(), ignored);
    json links = json::array();
    for (const auto& link : upload.links) {
        links.push_back({{"part_number", link.number}, {"url", link.url}, {"headers", link.headers}});
    }
    append({{"upload_id", upload.id}, {"part_size", upload.part_size}, {"began", upload.began}, {"links", links}});
}

void UploadMemory::keep_part(int number, const std::string& etag) const {
    if (!file_.empty()) append({{"part_number", number}, {"etag", etag}});
}

void UploadMemory::forget() const {
    std::error_code ignored;
    if (!file_.empty()) fs::remove(file_, ignored);
}

void UploadMemory::append(const json& line) const {
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) throw assay::detail::io_error("upload", file_, errno);
    const assay::detail::FileDescriptor file(fd);
    assay::detail::write_all(fd, line.dump() + '\n', file_);
}

}  // namespace assay::tracking::detail
