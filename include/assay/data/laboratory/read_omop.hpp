#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/laboratory/reading.hpp"

namespace assay::data {

/// Reads MEASUREMENT of an OMOP 5.4 folder of CSV files (names in any case; plain, .gz or .zst), with CONCEPT where it
/// is there: LOINC codes and test names by measurement_concept_id, UCUM codes by unit_concept_id, words by
/// value_as_concept_id. Comparators come from operator_concept_id, or from value_source_value where its number is the
/// same. The time is measurement_datetime, else measurement_date. The unit is the concept's, else unit_source_value.
/// Rows without a person or a readable date are quarantined.
/// @throws IoError if there is no MEASUREMENT. @throws SchemaError if it lacks a column that OMOP requires.
/// Source: OHDSI CommonDataModel 5.4, MEASUREMENT.   Cost: O(bytes).
ASSAY_EXPORT ResultsReading read_omop(const std::filesystem::path& folder, const ReadingOptions& options = {});

/// The same from the two tables in memory; an empty `concepts` is none.
ASSAY_EXPORT ResultsReading read_omop_bytes(std::string_view measurement, std::string_view concepts,
                                            const ReadingOptions& options = {},
                                            const std::string& name = "MEASUREMENT.csv");

}  // namespace assay::data
