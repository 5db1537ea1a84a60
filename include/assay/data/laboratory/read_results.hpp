#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/laboratory/reading.hpp"

namespace assay::data {

/// What a source of laboratory results is.
enum class ResultsKind : std::uint8_t { Csv, Hl7, Fhir, Omop, MimicIv };

/// "csv", "hl7", "fhir", "omop" or "mimic_iv".
ASSAY_EXPORT std::string_view name_of(ResultsKind kind) noexcept;

/// Tells the kind of a file by its first bytes, of a folder by the names of its tables (labevents, MEASUREMENT) or by
/// the first bytes of its files, which must all be of one kind; files named in `skip` and those that say what the
/// others are (README, LICENSE, CHANGELOG, SHA256SUMS, *.md) do not count.
/// @throws IoError if there is no such file, or a folder is empty. @throws ValueError where a folder mixes kinds.
ASSAY_EXPORT ResultsKind results_kind(const std::filesystem::path& path, const std::vector<std::string>& skip = {});

/// Reads a file or folder by the reader of its kind. Of a folder of CSV files a file that is not understood stops the
/// reading, since it may hold results; what is left out by name, and folders inside, are named in the remarks.
/// @throws as results_kind and the readers; SchemaError naming the files of a folder that are not understood.
ASSAY_EXPORT ResultsReading read_results(const std::filesystem::path& path, const ReadingOptions& options = {});

}  // namespace assay::data
