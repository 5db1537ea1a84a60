#include "assay/tracking/detail/incoming_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "assay/tracking/detail/process.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;

namespace {

using assay::detail::FileDescriptor;
using assay::detail::io_error;

constexpr std::size_t block_size = std::size_t{256} << 10;

FileDescriptor create(const fs::path& path) {
    std::error_code error;
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
    if (error) throw io_error("download", path.parent_path(), error.value());
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) throw io_error("download", path, errno);
    return FileDescriptor(fd);
}

}  // namespace

IncomingFile::IncomingFile(fs::path place)
    : place_(std::move(place)),
      temporary_(place_.parent_path() / (".incoming-" + random_id_text())),
      file_(create(temporary_)) {
    block_.reserve(block_size);
}

IncomingFile::~IncomingFile() {
    std::error_code ignored;
    fs::remove(temporary_, ignored);
}

void IncomingFile::write(std::string_view bytes) {
    if (block_.size() + bytes.size() > block_size) flush();
    if (bytes.size() >= block_size) {
        assay::detail::write_all(file_.get(), bytes, temporary_);
    } else {
        block_ += bytes;
    }
}

void IncomingFile::flush() {
    assay::detail::write_all(file_.get(), block_, temporary_);
    block_.clear();
}

void IncomingFile::write_at(std::int64_t offset, std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto wrote = ::pwrite(file_.get(), bytes.data(), bytes.size(), offset);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) throw io_error("download", temporary_, errno);
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
        offset += wrote;
    }
}

void IncomingFile::clear() {
    block_.clear();
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) < 0) {
        throw io_error("download", temporary_, errno);
    }
}

void IncomingFile::keep() {
    flush();
    if (::rename(temporary_.c_str(), place_.c_str()) != 0) throw io_error("download", place_, errno);
}

}  // namespace assay::tracking::detail
