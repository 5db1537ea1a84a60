#include "assay/tracking/detail/upload_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <mutex>
#include <system_error>
#include <utility>

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
    if (upload.part_size <= 0) return std::nullopt;
    return upload;
}

/// The links of uploads that were broken off in this process, by the file that remembers the rest.
class HeldLinks {
  public:
    static HeldLinks& instance() {
        static auto* held = new HeldLinks;  // never destroyed: a transfer may end after static destructors began
        return *held;
    }

    void hold(const std::string& file, OpenUpload upload) {
        const std::lock_guard lock(mutex_);
        constexpr std::size_t most = 16;
        if (uploads_.size() >= most) uploads_.clear();  // these begin anew
        uploads_.insert_or_assign(file, std::move(upload));
    }

    /// The links of the upload that began then, which are held no longer.
    std::vector<PartLink> take(const std::string& file, const OpenUpload& upload, std::int64_t now) {
        const std::lock_guard lock(mutex_);
        const auto found = uploads_.extract(file);
        if (found.empty() || found.mapped().id != upload.id || found.mapped().began != upload.began) return {};
        const bool good = upload.began <= now && now - upload.began < lifetime;
        return good ? std::move(found.mapped().links) : std::vector<PartLink>();
    }

    void drop(const std::string& file) {
        const std::lock_guard lock(mutex_);
        uploads_.erase(file);
    }

  private:
    std::mutex mutex_;
    std::map<std::string, OpenUpload> uploads_;
};

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
                if (!upload) return std::nullopt;
            } else {
                upload->etags[line.at("part_number")] = line.at("etag");
            }
        } catch (const json::exception&) {
            if (!upload) return std::nullopt;
        }
    }
    if (upload) upload->links = HeldLinks::instance().take(file_, *upload, now);
    return upload;
}

void UploadMemory::keep(const OpenUpload& upload) const {
    if (file_.empty()) return;
    forget();
    std::error_code ignored;
    fs::create_directories(file_.parent_path(), ignored);
    append({{"upload_id", upload.id}, {"part_size", upload.part_size}, {"began", upload.began}});
}

void UploadMemory::hold_links(OpenUpload upload) const {
    if (!file_.empty()) HeldLinks::instance().hold(file_, std::move(upload));
}

void UploadMemory::keep_part(int number, const std::string& etag) const {
    if (!file_.empty()) append({{"part_number", number}, {"etag", etag}});
}

void UploadMemory::forget() const {
    if (file_.empty()) return;
    HeldLinks::instance().drop(file_);
    std::error_code ignored;
    fs::remove(file_, ignored);
}

void UploadMemory::append(const json& line) const {
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) throw assay::detail::io_error("upload", file_, errno);
    const assay::detail::FileDescriptor file(fd);
    assay::detail::write_all(fd, line.dump() + '\n', file_);
}

}  // namespace assay::tracking::detail
