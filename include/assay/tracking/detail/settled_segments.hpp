#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "assay/base/index.hpp"
#include "assay/tracking/journal_reader.hpp"

namespace assay::tracking::detail {

/// The beginning of a segment of which a server has acknowledged every record.
struct SettledSegment {
    index end = 0;                            ///< in bytes: what lies before need not be read again
    bool closed = false;                      ///< nothing can follow
    index acks = 0;                           ///< bytes of the file of acknowledgements by then
    std::map<std::string, std::string> runs;  ///< with records before `end`; the name of those that begin there
};

/// Adds the runs of a segment's records, without names; an empty id for records that belong to none.
/// Cost: a few ns for each record: they are not decoded.
void add_runs(SettledSegment& state, const SegmentReader& segment);

/// How far the segments of a journal are settled with one server, so that another delivery begins to read there.
///
/// One JSON file beside the acknowledgements, replaced as a whole. What it says holds only while the acknowledgements
/// and the segment are still there; without it everything is read again, which changes nothing else.
class SettledSegments {
  public:
    /// @param folder  of the server's acknowledgements. A file that cannot be read counts for nothing.
    explicit SettledSegments(std::filesystem::path folder);

    /// Nothing where the segment is shorter than that, or its acknowledgements are gone.
    const SettledSegment* find(const std::filesystem::path& segment) const;
    /// What was found before, whatever became of the files.
    const SettledSegment* remembered(const std::string& name) const;

    void settle(const std::string& name, SettledSegment state);
    /// Writes what changed, and leaves out segments that are gone. @throws IoError
    void save(const std::filesystem::path& journal);

    void for_each_run(const std::function<void(const std::string& run, const std::string& name)>& take) const;

  private:
    std::filesystem::path folder_;
    std::map<std::string, SettledSegment> segments_;
    bool changed_ = false;
};

}  // namespace assay::tracking::detail
