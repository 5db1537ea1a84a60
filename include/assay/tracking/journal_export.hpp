#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::tracking {

enum class ExportFormat { jsonl, csv };

/// Writes a journal's records as text, oldest segment first, in the order in which each process logged them.
///
/// jsonl: an object for each record with `time` (UTC, µs), `kind`, `segment`, `sequence` and the record's own members.
/// csv (RFC 4180): time, kind, run, key, value, step, segment, sequence; `key` is the metric, parameter, tag,
/// artifact's path, run's name or document's id, `value` the value, status, SHA-256 or body. Records that cannot be
/// decoded are passed over; `inspect` names them.
/// @param run    only its records; all where empty
/// @param write  takes the text in pieces
/// @return       records written.   @throws IoError
ASSAY_EXPORT index export_journal(const std::filesystem::path& journal, ExportFormat format, std::string_view run,
                                  const std::function<void(std::string_view)>& write);

}  // namespace assay::tracking
