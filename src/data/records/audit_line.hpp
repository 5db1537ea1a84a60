#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "assay/data/records/audit_log.hpp"

// The lines of an audit log and of its head.
namespace assay::data::detail {

/// "0…0": what stands before the first entry.
const std::string& no_audit_hash();

/// The line, its line end included. @throws ValueError if it exceeds 64 KiB or is not UTF-8.
std::string audit_line(const AuditEntry& entry, Timestamp when, const AuditHead& previous, const Secret& key);

/// Where the log stands after a line (without its line end) that follows `previous`; nothing where it does not.
std::optional<AuditHead> follow_audit_line(std::string_view line, const AuditHead& previous, const Secret& key);

/// Where a line by itself says that the log stands; nothing where its hash is not of its bytes and this key.
std::optional<AuditHead> sole_audit_head(std::string_view line, const Secret& key);

std::string audit_head_text(const AuditHead& head, const Secret& key);

/// @return nothing where the text is not what audit_head_text writes with this key
std::optional<AuditHead> read_audit_head(std::string_view text, const Secret& key);

}  // namespace assay::data::detail
