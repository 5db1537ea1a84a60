#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "assay/features/laboratory/outbreak.hpp"

// Cultures with the day on which each was known.
namespace assay::features::detail {

struct CultureRecord {
    std::int64_t known;
    std::int32_t day;
    std::int32_t ward;      ///< place in wards
    std::int32_t organism;  ///< place in organisms; −1 for none
    std::int64_t specimen;
    std::int64_t patient;
};

struct CultureRecords {
    std::vector<CultureRecord> rows;     ///< in the order in which they came to be known
    std::vector<std::string> wards;      ///< by name
    std::vector<std::string> organisms;  ///< by name
    std::int32_t last_day = 0;
    std::map<std::string, index> left_out;
};

CultureRecords read_cultures(const data::Table& cultures, const OutbreakOptions& options);

}  // namespace assay::features::detail
