#pragma once

#include <filesystem>
#include <string>

#include "assay/data/laboratory/reading.hpp"
#include "data/laboratory/csv_layout.hpp"

namespace assay::data::laboratory {

/// Reads a delimited file by a layout that is known.
ResultsReading read_layout(const std::filesystem::path& path, const CsvLayout& layout,
                           const std::vector<std::string>& header, const ReadingOptions& options);

// What is left out, in the words of every reader.
inline constexpr const char* kUnreadReported = "times of release that are none were left out";
inline constexpr const char* kUnreadStatuses = "statuses that are none of HL7 table 0085 or of FHIR were left out";
inline constexpr const char* kUnreadFlags = "flags that are none of HL7 table 0078 were left out";

/// Counted facts as sentences, for remarks.
void remark_count(index count, const std::string& sentence, std::vector<std::string>& remarks);

}  // namespace assay::data::laboratory
