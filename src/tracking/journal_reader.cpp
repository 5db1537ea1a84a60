#include "assay/tracking/journal_reader.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "assay/base/error.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const char* what, const fs::path& path) {
    throw IoError("journal: cannot " + std::string(what) + " segment " + path.string() + ": " +
                  std::generic_category().message(errno));
}

/// A file descriptor that closes itself.
class File {
  public:
    File(const fs::path& path, int flags) : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC)) {
        if (fd_ < 0) fail("open", path_);
    }
    ~File() { ::close(fd_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    int fd() const noexcept { return fd_; }

    std::string read(index offset, index bytes) const {
        std::string out(static_cast<std::size_t>(bytes), '\0');
        index done = 0;
        while (done < bytes) {
            const auto got = ::pread(fd_, out.data() + done, static_cast<std::size_t>(bytes - done), offset + done);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail("read", path_);
            if (got == 0) break;
            done += got;
        }
        out.resize(static_cast<std::size_t>(done));
        return out;
    }

    index size() const {
        const auto end = ::lseek(fd_, 0, SEEK_END);
        if (end < 0) fail("measure", path_);
        return end;
    }

  private:
    fs::path path_;
    int fd_;
};

bool ends_closed(const File& file) {
    const index size = file.size();
    if (size < detail::segment_header_size + detail::frame_header_size) return false;
    const std::string tail = file.read(size - detail::frame_header_size, detail::frame_header_size);
    const auto frame = detail::read_frame(tail, 0);
    return frame && frame->kind == RecordKind::segment_end;
}

void close_segment(const File& file, const fs::path& path, RecoveryReport& report) {
    const std::string bytes = file.read(0, file.size());
    const auto scan = detail::scan_segment(bytes);
    std::string end(static_cast<std::size_t>(detail::frame_header_size), '\0');
    const std::uint64_t sequence = scan.frames.empty() ? 1 : scan.frames.back().sequence + 1;
    const Timestamp time = scan.frames.empty() ? Timestamp{} : scan.frames.back().time;
    detail::write_frame(end.data(), RecordKind::segment_end, sequence, time, {});
    if (::ftruncate(file.fd(), scan.valid_end) != 0 ||
        ::pwrite(file.fd(), end.data(), end.size(), scan.valid_end) != static_cast<ssize_t>(end.size()) ||
        ::fsync(file.fd()) != 0) {
        fail("close", path);
    }
    ++report.segments_closed;
    if (scan.torn) {
        ++report.torn_records;
        report.bytes_cut += static_cast<index>(bytes.find_last_not_of('\0') + 1) - scan.valid_end;
    }
}

}  // namespace

SegmentReader::SegmentReader(const fs::path& segment, index from)
    : name_(segment.filename().string()), skipped_(std::max<index>(from - detail::segment_header_size, 0)) {
    const File file(segment, O_RDONLY);
    bytes_ = file.read(skipped_, std::max<index>(file.size() - skipped_, 0));
    if (skipped_ > 0) {  // the scan passes over as much as a header takes
        header_valid_ = true;
        scan_ = detail::scan_segment(bytes_);
        for (auto& damage : scan_.damage) damage.offset += skipped_;
        return;
    }
    const auto header = detail::decode_header(bytes_);
    header_valid_ = header.has_value();
    if (header && header->version > detail::segment_version) {
        throw ValueError("journal: segment " + name_ + " has format version " + std::to_string(header->version) +
                         ", expected at most " + std::to_string(detail::segment_version) + "; use a newer Assay");
    }
    scan_ = detail::scan_segment(bytes_);
}

std::unique_ptr<SegmentReader> open_segment(const fs::path& segment, index from) {
    try {
        return std::make_unique<SegmentReader>(segment, from);
    } catch (const IoError&) {
        std::error_code unknown;
        if (fs::exists(segment, unknown) || unknown) throw;
        return nullptr;  // delivered and removed by `collect_garbage`
    }
}

std::vector<fs::path> list_segments(const fs::path& journal) {
    std::vector<fs::path> found;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(journal / "segments", missing)) {
        if (entry.path().extension() == ".journal") found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());  // names begin with the time of creation
    return found;
}

RecoveryReport recover(const fs::path& journal) {
    RecoveryReport report;
    for (const auto& path : list_segments(journal)) {
        std::error_code unknown;
        if (!fs::exists(path, unknown)) continue;  // delivered and removed meanwhile
        {
            const File probe(path, O_RDONLY);
            if (ends_closed(probe)) continue;
        }
        if (::access(path.c_str(), W_OK) != 0) continue;  // a read-only archive is read as it is
        const File file(path, O_RDWR);
        // The writer holds this lock as long as it lives.
        if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) continue;
        close_segment(file, path, report);
    }
    return report;
}

}  // namespace assay::tracking
