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

    /// Whether the record is done with: delivered, or set aside.
    bool contains(std::uint64_t sequence) const noexcept { return holds(ranges_, sequence); }
    bool contains_all(std::uint64_t first, std::uint64_t last) const noexcept;
    /// Whether the server refused it.
    bool refused(std::uint64_t sequence) const noexcept { return holds(set_aside_, sequence); }

    /// Adds numbers in any order, and writes them. @throws IoError
    void add(std::vector<std::uint64_t> sequences, Outcome outcome);

  private:
    using Ranges = std::map<std::uint64_t, std::uint64_t>;  // first → last, disjoint

    static bool holds(const Ranges& ranges, std::uint64_t sequence) noexcept;
    static void insert(Ranges& ranges, std::uint64_t first, std::uint64_t last);
    void take(std::uint64_t first, std::uint64_t last, Outcome outcome);

    std::filesystem::path file_;
    Ranges ranges_;
    Ranges set_aside_;  // of those
};

}  // namespace assay::tracking::detail
