#include "assay/base/detail/file_descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace assay::detail {
namespace {

const char* remedy(std::string_view action, int error) {
    switch (error) {
        case ENOENT:
            return action == "read" ? "check the path" : "create the folder first";
        case ENOTDIR:
            return "a part of the path is a file; choose another path";
        case EISDIR:
            return "give a file, not a folder";
        case EACCES:
        case EPERM:
            return action == "read" ? "give this user the right to read it"
                                    : "give this user the right to write there, or choose another folder";
        case EROFS:
            return "the file system is read-only; choose another folder";
        case ENOSPC:
        case EDQUOT:
            return "free space, or choose a folder on another disk";
        case EFBIG:
            return "raise the limit on file sizes (ulimit -f)";
        case EMFILE:
        case ENFILE:
            return "close files, or raise the limit on open files (ulimit -n)";
        case ENAMETOOLONG:
            return "choose a shorter name";
        default:
            return "check the disk and the path";
    }
}

}  // namespace

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
}

FileDescriptor open_to_read(const std::filesystem::path& path) {
    int fd = -1;
    do {
        fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) throw io_error("read", path, errno);
    return FileDescriptor{fd};
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw io_error("write", path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

IoError io_error(std::string_view action, const std::filesystem::path& path, int error) {
    const std::string verb(action);
    return IoError{verb + ": cannot " + verb + " '" + path.string() + "': " + std::generic_category().message(error) +
                   "; " + remedy(action, error)};
}

}  // namespace assay::detail
