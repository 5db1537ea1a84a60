#include "assay/tracking/artifact_store.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/fs.h>
#endif

#include <cerrno>
#include <system_error>
#include <vector>

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/tracking/detail/process.hpp"
#include "assay/tracking/detail/sync_folder.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

using assay::detail::FileDescriptor;
using assay::detail::io_error;

constexpr std::size_t block_size = 1 << 20;

FileDescriptor create(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) throw io_error("artifact", path, errno);
    return FileDescriptor(fd);
}

bool share_blocks([[maybe_unused]] int from, [[maybe_unused]] int to) noexcept {
#if defined(FICLONE)
    return ::ioctl(to, FICLONE, from) == 0;
#else
    return false;
#endif
}

/// Reads `fd` to its end in blocks.
template <typename Take>
std::int64_t for_each_block(int fd, const fs::path& path, Take&& take) {
    std::vector<char> block(block_size);
    std::int64_t total = 0;
    for (;;) {
        const auto got = ::read(fd, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw io_error("artifact", path, errno);
        if (got == 0) return total;
        take(std::string_view{block.data(), static_cast<std::size_t>(got)});
        total += got;
    }
}

StoredArtifact measure(const fs::path& path) {
    const auto file = assay::detail::open_to_read(path);
    Sha256 hash;
    const auto size = for_each_block(file.get(), path, [&](std::string_view block) { hash.update(block); });
    return {to_hex(hash.finish()), size};
}

/// A temporary file that goes unless it was renamed.
struct Cleanup {
    fs::path path;
    ~Cleanup() {
        std::error_code ignored;
        fs::remove(path, ignored);
    }
};

}  // namespace

fs::path ArtifactStore::temporary() const { return folder_ / (".new-" + detail::random_id_text()); }

StoredArtifact ArtifactStore::add_file(const fs::path& file) const {
    const auto from = assay::detail::open_to_read(file);
    struct stat info {};
    if (::fstat(from.get(), &info) == 0 && S_ISDIR(info.st_mode)) {
        throw IoError("artifact: expected a file, got the folder " + file.string() +
                      "; use log_artifacts for a folder");
    }
    const Cleanup cleanup{temporary()};
    {
        const auto to = create(cleanup.path);
        if (!share_blocks(from.get(), to.get())) {
            for_each_block(from.get(), file,
                           [&](std::string_view block) { assay::detail::write_all(to.get(), block, cleanup.path); });
        }
        if (::fsync(to.get()) != 0) throw io_error("artifact", cleanup.path, errno);
    }
    // The copy is what is hashed: the original may change in between.
    return adopt(cleanup.path);
}

StoredArtifact ArtifactStore::add_bytes(std::string_view bytes) const {
    const Cleanup cleanup{temporary()};
    {
        const auto to = create(cleanup.path);
        assay::detail::write_all(to.get(), bytes, cleanup.path);
        if (::fsync(to.get()) != 0) throw io_error("artifact", cleanup.path, errno);
    }
    return adopt(cleanup.path);
}

StoredArtifact ArtifactStore::adopt(const fs::path& temporary) const {
    StoredArtifact stored = measure(temporary);
    const fs::path place = path(stored.sha256);
    const detail::FileLock turn(folder_ / ".lock", detail::FileLock::Mode::shared);
    if (::rename(temporary.c_str(), place.c_str()) != 0) throw io_error("artifact", place, errno);
    detail::sync_folder(folder_);  // before a record names it
    return stored;
}

detail::FileLock ArtifactStore::exclude_writers() const {
    return detail::FileLock(folder_ / ".lock", detail::FileLock::Mode::exclusive);
}

bool ArtifactStore::verify(std::string_view sha256) const {
    std::error_code missing;
    return fs::is_regular_file(path(sha256), missing) && measure(path(sha256)).sha256 == sha256;
}

}  // namespace assay::tracking
