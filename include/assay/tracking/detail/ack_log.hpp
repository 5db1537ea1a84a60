#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

namespace assay::tracking::detail {

/// Which records of one segment a server has acknowledged, kept in a file beside the journal.
///
/// Header: `ASSAYACK`, version u32 (1), CRC-32C u32. Then 24 bytes for each range of sequence numbers: first u64, last
/// u64, outcome u32, CRC-32C u32. A damaged or cut entry is ignored: its records are delivered again, which changes
/// nothing on the server.
class AckLog {
  public:
    enum class Outcome : std::uint32_t { delivered = 1, set_aside = 2 };

    /// @throws IoError if the file cannot be read
    explicit AckLog(std::filesystem::path file);

    bool contains(std::uint64_t sequence) const noexcept;

    /// Adds numbers in any order, and writes them. @throws IoError
    void add(std::vector<std::uint64_t> sequences, Outcome outcome);

  private:
    void insert(std::uint64_t first, std::uint64_t last);

    std::filesystem::path file_;
    std::map<std::uint64_t, std::uint64_t> ranges_;  // first → last, disjoint
};

}  // namespace assay::tracking::detail
