#include "assay/tracking/detail/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace assay::tracking::detail {

namespace fs = std::filesystem;

namespace {

int open_lock(const fs::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) throw assay::detail::io_error("lock", file, errno);
    return fd;
}

int open_senders_lock(const fs::path& journal) {
    std::error_code failed;
    fs::create_directories(journal / "sync", failed);
    return open_lock(journal / "sync" / "lock");
}

}  // namespace

FileLock::FileLock(const fs::path& file, Mode mode) : fd_(open_lock(file)) {
    // A file system without locks has no second process to lock out.
    while (::flock(fd_.get(), mode == Mode::shared ? LOCK_SH : LOCK_EX) != 0 && errno == EINTR) {
    }
}

FileLock::~FileLock() {
    if (fd_.get() >= 0) ::flock(fd_.get(), LOCK_UN);
}

SenderLock::SenderLock(const fs::path& journal) : fd_(open_senders_lock(journal)) {
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        throw StateError("sync: another sender is delivering the journal " + journal.string() +
                         "; let it finish, what it delivers need not be sent again");
    }
}

SenderLock::~SenderLock() { ::flock(fd_.get(), LOCK_UN); }

}  // namespace assay::tracking::detail
