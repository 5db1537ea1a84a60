#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace assay::data::laboratory {

/// Which column of a file holds what: from columns of LaboratoryResults, `value_number` and `reference_range` to the
/// file's own names.
using CsvLayout = std::map<std::string, std::string>;

/// By usual names, and by `given` (own name to ours), which goes first.
/// @param file  for errors
/// @param partial  whether a test or a unit is enough
/// @throws ValueError for a name in `given` that is not ours or not the file's. @throws SchemaError where the file
/// lacks a patient, a time, a test or a result.
CsvLayout csv_layout(const std::vector<std::string>& header, const std::map<std::string, std::string>& given,
                     const std::string& file, bool partial = false);

}  // namespace assay::data::laboratory
