#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "assay/base/index.hpp"
#include "assay/tracking/detail/frame.hpp"

namespace assay::tracking::detail {

/// One segment being written. Not synchronised: its Journal holds the lock.
///
/// The file is mapped and its blocks are reserved ahead, so that appending is a copy into the page cache: no system
/// call, and what was appended outlives the process, however it dies. Where the file system cannot map or reserve,
/// each record is one pwrite, with the same promise.
class SegmentWriter {
  public:
    /// Creates the file, takes its lock and writes the header. `capacity` bounds the file's size.
    /// @throws IoError
    SegmentWriter(std::filesystem::path path, const SegmentHeader& header, index capacity);
    /// Lets the file go as it is; `close` ends it in order.
    ~SegmentWriter();
    SegmentWriter(const SegmentWriter&) = delete;
    SegmentWriter& operator=(const SegmentWriter&) = delete;

    bool fits(index payload_size) const noexcept {
        // Room for the closing record is always kept; a closed segment takes nothing.
        return fd_ >= 0 && size_ + 2 * frame_header_size + payload_size <= capacity_;
    }

    /// @throws IoError where the disk is full; nothing was appended then
    void append(RecordKind kind, std::uint64_t sequence, Timestamp time, std::string_view payload);

    index size() const noexcept { return size_; }
    bool open() const noexcept { return fd_ >= 0; }

    /// Brings the bytes [0, end) to the disk. May run beside `append`. @throws IoError
    void sync_to(index end);

    /// Writes the closing record, cuts the reserved rest, syncs and releases the lock.
    /// @throws IoError; the segment is `open` still where the record found no room, and gone where the sync failed
    void close(std::uint64_t sequence, Timestamp time);

    const std::filesystem::path& path() const noexcept { return path_; }

  private:
    void create(const SegmentHeader& header);
    void let_go() noexcept;
    void reserve(index end);
    void write_plain(RecordKind kind, std::uint64_t sequence, Timestamp time, std::string_view payload);
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path path_;
    int fd_ = -1;
    char* map_ = nullptr;  // null: plain writes
    index capacity_;
    index reserved_ = 0;
    index size_ = 0;
    index synced_ = 0;
};

}  // namespace assay::tracking::detail
