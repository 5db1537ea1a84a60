#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/index.hpp"
#include "assay/tracking/detail/ack_log.hpp"
#include "assay/tracking/detail/file_lock.hpp"
#include "assay/tracking/detail/settled_segments.hpp"

namespace assay::tracking::detail {

/// What one server has of one journal: `<journal>/sync/<hash of the server's key>/`. Holds the journal's sender lock.
class DeliveryState {
  public:
    /// @throws StateError if another sender is at work on this journal, IoError
    DeliveryState(const std::filesystem::path& journal, const std::string& server_key, bool from_scratch);

    AckLog& acks(const std::string& segment);
    SettledSegments& settled() noexcept { return settled_; }

    /// The server's id of a run, if it was created there.
    std::optional<std::string> server_run(const std::string& run) const;
    void remember_run(const std::string& run, const std::string& server_run);

    /// Keeps what the server said of a record that it refuses. One JSON object for each line.
    void remember_set_aside(std::string_view json_line);

    /// How many records the server had refused before this delivery.
    index refused_earlier() const noexcept { return refused_; }

    const std::filesystem::path& folder() const noexcept { return folder_; }

  private:
    void append_line(const char* name, std::string_view line) const;

    SenderLock lock_;
    std::filesystem::path folder_;
    std::map<std::string, std::string> runs_;
    index refused_ = 0;
    std::map<std::string, AckLog> acks_;
    SettledSegments settled_;
};

}  // namespace assay::tracking::detail
