#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/tracking/detail/frame.hpp"

namespace assay::tracking {

/// A segment's records, read once. Those that a living writer adds later are seen by the next reader.
class ASSAY_EXPORT SegmentReader {
  public:
    /// @param from  where to begin: what `end()` of an earlier reader said; 0 for the whole segment
    /// @throws IoError if the file cannot be read, ValueError if a newer version of Assay wrote it
    explicit SegmentReader(const std::filesystem::path& segment, index from = 0);
    SegmentReader(const SegmentReader&) = delete;
    SegmentReader& operator=(const SegmentReader&) = delete;

    /// The file's name, which identifies the segment within its journal.
    const std::string& name() const noexcept { return name_; }
    /// Valid records in the order in which they were written; payloads live as long as the reader.
    const std::vector<detail::Frame>& frames() const noexcept { return scan_.frames; }
    /// What was skipped between valid records.
    const std::vector<detail::Damage>& damage() const noexcept { return scan_.damage; }
    /// Whether the segment ends in a record that was not written to its end.
    bool torn() const noexcept { return scan_.torn; }
    /// Whether its writer closed it in order; false for one that is still written, too.
    bool closed() const noexcept { return scan_.closed; }
    /// Bytes from the segment's beginning to the end of the last valid record.
    index end() const noexcept { return skipped_ + scan_.valid_end; }
    /// False where the header is damaged; the records are read all the same.
    bool header_valid() const noexcept { return header_valid_; }

  private:
    std::string name_;
    index skipped_ = 0;  // bytes of the file before bytes_
    std::string bytes_;
    detail::SegmentScan scan_;
    bool header_valid_ = false;
};

/// The segment, or nothing where it was removed meanwhile. @throws as SegmentReader
ASSAY_EXPORT std::unique_ptr<SegmentReader> open_segment(const std::filesystem::path& segment, index from = 0);

/// The journal's segments, oldest first. Empty where there is no journal.
ASSAY_EXPORT std::vector<std::filesystem::path> list_segments(const std::filesystem::path& journal);

struct RecoveryReport {
    index segments_closed = 0;  ///< that a dead writer had left open
    index torn_records = 0;     ///< of those, with a record that was cut short when its writer died
    index bytes_cut = 0;        ///< of torn records
};

/// Cuts the torn tail of every segment whose writer is gone, and marks it as closed. Segments that are being written
/// are left alone. Cost: one short read for every closed segment.
/// @throws IoError
ASSAY_EXPORT RecoveryReport recover(const std::filesystem::path& journal);

}  // namespace assay::tracking
