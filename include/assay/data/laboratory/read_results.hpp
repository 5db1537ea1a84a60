#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/laboratory/reading.hpp"

namespace assay::data {

/// What a source of laboratory results is.
enum class ResultsKind : std::uint8_t { Csv, Hl7, Fhir, Omop, MimicIv };

/// "csv", "hl7", "fhir", "omop" or "mimic_iv".
ASSAY_EXPORT std::string_view name_of(ResultsKind kind) noexcept;

/// Tells the kind of a file by its first bytes, of a folder by the names of its tables (labevents, MEASUREMENT) or by
/// the first bytes of its files, which must all be of one kind.
/// @throws IoError if there is no such file, or a folder is empty. @throws ValueError where a folder mixes kinds.
ASSAY_EXPORT ResultsKind results_kind(const std::filesystem::path& path);

/// Reads a file or folder by the reader of its kind. Of a folder of CSV files those without results (dictionaries) are
/// named in the remarks.   @throws as results_kind and the readers.
ASSAY_EXPORT ResultsReading read_results(const std::filesystem::path& path, const ReadingOptions& options = {});

}  // namespace assay::data
