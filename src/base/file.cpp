#include "assay/base/file.hpp"

#include "assay/base/detail/file_descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>

namespace assay {
namespace {

namespace fs = std::filesystem;
using detail::FileDescriptor;

/// A file in the folder of its target that is removed unless it was renamed over it.
class TemporaryFile {
  public:
    TemporaryFile(const fs::path& target, mode_t mode) : path_(name_beside(target)), fd_(create(target, mode)) {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!renamed_) ::unlink(path_.c_str());
    }

    int fd() const noexcept { return fd_.get(); }

    void rename_to(const fs::path& target) {
        if (::fsync(fd_.get()) != 0) throw detail::io_error("write", target, errno);
        // Some network file systems report a full disk only here.
        if (::close(fd_.release()) != 0) throw detail::io_error("write", target, errno);
        if (::rename(path_.c_str(), target.c_str()) != 0) throw detail::io_error("write", target, errno);
        renamed_ = true;
    }

  private:
    static fs::path name_beside(const fs::path& target) {
        // Random, because a folder may be shared by machines whose process ids coincide.
        std::random_device random;
        return target.parent_path() / (".assay-" + std::to_string(random()) + '-' + std::to_string(random()) + ".tmp");
    }

    int create(const fs::path& target, mode_t mode) const {
        const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0) throw detail::io_error("write", target, errno);
        return fd;
    }

    fs::path path_;
    FileDescriptor fd_;
    bool renamed_ = false;
};

void sync_folder(const fs::path& folder, const fs::path& target) {
    const FileDescriptor fd(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // A file system that cannot sync a folder says EINVAL; the rename is as durable there as it can be.
    if (fd.get() < 0 || (::fsync(fd.get()) != 0 && errno != EINVAL)) throw detail::io_error("write", target, errno);
}

}  // namespace

std::string read_file(const fs::path& path) {
    const FileDescriptor fd = detail::open_to_read(path);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) throw detail::io_error("read", path, errno);
    std::string content;
    std::size_t used = 0;
    // One byte more than the file has, so that a regular file ends within the first round.
    std::size_t room = S_ISREG(info.st_mode) ? static_cast<std::size_t>(info.st_size) + 1 : 65536;
    for (;;) {
        content.resize(used + room);
        const ssize_t got = ::read(fd.get(), content.data() + used, room);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw detail::io_error("read", path, errno);
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
        room = content.size() > used ? content.size() - used : used;
    }
    content.resize(used);
    return content;
}

void write_file_atomic(const fs::path& path, std::string_view bytes) { write_file_atomic(path, std::span(&bytes, 1)); }

void write_file_atomic(const fs::path& path, std::span<const std::string_view> pieces) {
    std::error_code ignored;
    const fs::path target = fs::is_symlink(path, ignored) ? fs::weakly_canonical(path) : path;
    struct stat old {};
    const bool exists = ::stat(target.c_str(), &old) == 0;
    if (exists && S_ISDIR(old.st_mode)) throw detail::io_error("write", path, EISDIR);
    if (exists && !S_ISREG(old.st_mode)) {
        throw IoError("write: expected a regular file, got a pipe or device at '" + path.string() +
                      "'; choose another path");
    }
    TemporaryFile file(target, 0666);
    if (exists && ::fchmod(file.fd(), old.st_mode & 07777) != 0) throw detail::io_error("write", path, errno);
    for (const std::string_view piece : pieces) detail::write_all(file.fd(), piece, path);
    file.rename_to(target);
    sync_folder(target.parent_path(), path);
}

}  // namespace assay
