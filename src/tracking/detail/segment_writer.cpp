#include "assay/tracking/detail/segment_writer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/sync_folder.hpp"

namespace assay::tracking::detail {
namespace {

constexpr index reserve_step = 1 << 20;

bool allocate(int fd, index begin, index end) noexcept {
#if defined(__linux__)
    return ::fallocate(fd, 0, begin, end - begin) == 0;
#else
    (void)fd, (void)begin, (void)end;
    errno = EOPNOTSUPP;
    return false;
#endif
}

}  // namespace

SegmentWriter::SegmentWriter(std::filesystem::path path, const SegmentHeader& header, index capacity)
    : path_(std::move(path)), capacity_(capacity) {
    try {
        create(header);
    } catch (...) {
        let_go();
        throw;
    }
}

void SegmentWriter::create(const SegmentHeader& header) {
    // Under another name until it is locked: `recover` takes a segment without a lock for one whose writer is gone.
    const std::string nascent = path_.string() + ".new";
    fd_ = ::open(nascent.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ < 0) fail("cannot create");
    const auto give_up = [&](const char* what) {
        const int cause = errno;
        ::unlink(nascent.c_str());
        errno = cause;
        fail(what);
    };
    ::flock(fd_, LOCK_EX | LOCK_NB);
    const std::string bytes = encode_header(header);
    if (::pwrite(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        give_up("cannot write");
    }
    size_ = reserved_ = segment_header_size;
    if (allocate(fd_, 0, std::min(reserve_step, capacity_))) {
        void* map = ::mmap(nullptr, static_cast<std::size_t>(capacity_), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
        if (map != MAP_FAILED) map_ = static_cast<char*>(map);
        reserved_ = std::min(reserve_step, capacity_);
    }
    if (::rename(nascent.c_str(), path_.c_str()) != 0) {
        give_up("cannot create");
    }
    sync_folder(path_.parent_path());
}

SegmentWriter::~SegmentWriter() { let_go(); }

void SegmentWriter::let_go() noexcept {
    if (map_ != nullptr) ::munmap(map_, static_cast<std::size_t>(capacity_));
    map_ = nullptr;
    if (fd_ >= 0) {
        // Closing is not enough: a forked child that is still alive holds the same lock by its copy of the descriptor.
        ::flock(fd_, LOCK_UN);
        ::close(fd_);
    }
    fd_ = -1;
}

void SegmentWriter::reserve(index end) {
    while (reserved_ < end) {
        const index next = std::min(std::max(end, reserved_ + reserve_step), capacity_);
        if (!allocate(fd_, reserved_, next)) fail("cannot enlarge");
        reserved_ = next;
    }
}

void SegmentWriter::append(RecordKind kind, std::uint64_t sequence, Timestamp time, std::string_view payload) {
    const index end = size_ + frame_header_size + static_cast<index>(payload.size());
    if (map_ == nullptr) {
        write_plain(kind, sequence, time, payload);
    } else {
        if (end > reserved_) reserve(end);
        write_frame(map_ + size_, kind, sequence, time, payload);
    }
    size_ = end;
}

void SegmentWriter::write_plain(RecordKind kind, std::uint64_t sequence, Timestamp time, std::string_view payload) {
    std::string frame(static_cast<std::size_t>(frame_header_size) + payload.size(), '\0');
    write_frame(frame.data(), kind, sequence, time, payload);
    const auto wrote = ::pwrite(fd_, frame.data(), frame.size(), size_);
    if (wrote != static_cast<ssize_t>(frame.size())) {
        const int cause = wrote < 0 ? errno : ENOSPC;
        [[maybe_unused]] const int cut = ::ftruncate(fd_, size_);  // what is left over is a torn tail at worst
        errno = cause;
        fail("cannot append to");
    }
}

void SegmentWriter::sync_to(index end) {
    if (end <= synced_) return;
    if (map_ != nullptr) {
        const index page = ::sysconf(_SC_PAGESIZE);
        const index begin = synced_ / page * page;
        if (::msync(map_ + begin, static_cast<std::size_t>(end - begin), MS_SYNC) != 0) fail("cannot sync");
    } else if (::fdatasync(fd_) != 0) {
        fail("cannot sync");
    }
    synced_ = end;
}

void SegmentWriter::close(std::uint64_t sequence, Timestamp time) {
    if (fd_ < 0) return;
    append(RecordKind::segment_end, sequence, time, {});
    if (map_ != nullptr) {
        ::munmap(map_, static_cast<std::size_t>(capacity_));
        map_ = nullptr;
    }
    const bool kept = ::ftruncate(fd_, size_) == 0 && ::fsync(fd_) == 0;
    if (kept) synced_ = size_;
    const int cause = errno;
    let_go();  // whatever came of it: nothing can follow the closing record
    errno = cause;
    if (!kept) fail("cannot close");
}

void SegmentWriter::fail(const char* what) const {
    const int cause = errno;
    throw IoError("journal: " + std::string(what) + " segment " + path_.string() + ": " +
                  std::generic_category().message(cause) +
                  (cause == ENOSPC ? "; free some space, nothing written before is lost" : ""));
}

}  // namespace assay::tracking::detail
