#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/secret.hpp"
#include "assay/base/time.hpp"
#include "assay/data/deid/deid_key.hpp"

namespace assay::data {

/// Who did what, when and why. Never a patient's data: names of tables and columns, counts, tokens.
struct AuditEntry {
    std::string who;
    std::string what;                          ///< "vault.read", "retention.delete"
    std::string why;                           ///< the purpose, as given by whoever acted
    std::map<std::string, std::string> about;  ///< table, rows, key_id, …
    std::optional<Timestamp> when{};           ///< the present where not set
};

/// Where a log stood: kept elsewhere it proves later that nothing before it was changed or removed.
struct AuditHead {
    std::int64_t entries = 0;
    std::string hash;  ///< of the last entry, 64 hexadecimal digits

    bool operator==(const AuditHead&) const = default;
};

/// What a check of a log found.
struct AuditReport {
    AuditHead head;       ///< of the entries before the first problem
    bool keyed = false;   ///< checked with a key
    std::string problem;  ///< the first, with its line; empty where there is none
    bool ok() const noexcept { return problem.empty(); }
};

/// An append-only log of JSON lines, each with the hash of the line before.
///
/// A line is {"entry","when","who","what","why","about","previous","hash"}. The hash is HMAC-SHA-256 of all bytes of
/// the line before it under a key derived from the DeidKey, or SHA-256 without a key; so every byte of every line is
/// covered. `FILE.head` holds the number of entries and the last hash, authenticated alike, and is written after each
/// entry: lines cut from the end are missed. An entry is on disk when append() returns; processes and threads may share
/// a log.
///
/// With a key, whoever lacks it cannot change, add, remove or reorder entries unseen, with one exception: putting back
/// an older log together with its older head. Only a head that was kept elsewhere shows that. Without a key, whoever
/// can write the file can compute it anew: that finds accidents, not attackers.
class ASSAY_EXPORT AuditLog {
  public:
    explicit AuditLog(std::filesystem::path path, const std::optional<DeidKey>& key = std::nullopt);

    /// Appends and syncs an entry. An unfinished line that a crash left is removed first, which is an entry, too.
    /// @return where the log stands now
    /// @throws ValueError if who, what or why is empty or an entry exceeds 64 KiB; StateError if the log does not
    ///         match its head, which nothing is appended to; IoError.
    AuditHead append(const AuditEntry& entry);

    /// Reads the whole log.
    /// @param anchor  a head of the same log that was kept elsewhere
    /// @throws IoError if the log cannot be read.   Cost: O(bytes).
    AuditReport verify(const std::optional<AuditHead>& anchor = std::nullopt) const;

    const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path head_path() const { return path_.string() + ".head"; }
    std::optional<AuditHead> read_head() const;
    void expect_head(const AuditHead& end) const;

    std::filesystem::path path_;
    Secret key_;  // empty without a key
};

}  // namespace assay::data
