#pragma once

#include <filesystem>

#include "assay/base/export.hpp"
#include "assay/data/laboratory/reading.hpp"

namespace assay::data {

/// Reads a laboratory's CSV export (any dialect, gzip, zstd): one row a result.
///
/// Columns are found by their usual names ("Sample Date", "analyte", "Result", "UOM", "ref_low", …); `options.columns`
/// maps a laboratory's own. Needed are a patient, a time, a test (code, name or LOINC) and a result. "<0.01" becomes
/// comparator and value; a result that is no number is a text; an empty one has the absent_reason "unknown". Where
/// columns of text, number and comparator contradict each other, or a comparator is not known, a result has no value
/// but the reason "error", and its text keeps what was written. Rows whose patient or time is missing or unreadable are
/// quarantined. Without a column of ids a result is named by file and line.
/// @throws IoError as read_csv. @throws SchemaError where a needed column is missing; ValueError for an unknown name in
/// `options.columns`.   Cost: O(bytes).
ASSAY_EXPORT ResultsReading read_results_csv(const std::filesystem::path& path, const ReadingOptions& options = {});

/// Reads a folder of MIMIC-IV's laboratory module: labevents.csv and d_labitems.csv, plain or .gz, in PhysioNet's
/// layout or as the flat extract (row_id, subject_id, itemid, charttime, valuenum, valueuom). LOINC codes come from
/// d_labitems_to_loinc.csv where it is there, else from d_labitems' own column.
/// @throws IoError if labevents is missing.
/// Source: Johnson et al. 2023, doi:10.1038/s41597-022-01899-x; the map: MIT-LCP mimic-code.
ASSAY_EXPORT ResultsReading read_mimic_iv(const std::filesystem::path& folder, const ReadingOptions& options = {});

}  // namespace assay::data
