#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/csv.hpp"

namespace assay::data {

/// The rows of a file that a site keeps by hand: all of them, or an error with the first line of another form.
/// @param reader  who reads it, for the error
/// @param wanted  what each row holds, for the error
inline Table whole_file(const std::filesystem::path& path, const std::string& reader, const std::string& wanted) {
    CsvOptions options;
    options.infer_types = false;
    CsvResult read = read_csv(path, options);
    const index refused = read.report.rows_quarantined;
    if (refused == 0) return std::move(read.rows);
    const auto line = read.rejected.table().column("line").get<std::int64_t>(0);
    throw ValueError(reader + ": expected " + wanted + " in every row of " + path.string() + ", got " +
                     std::to_string(refused) + (refused == 1 ? " row" : " rows") +
                     " of another form, the first in line " + std::to_string(line.value_or(0)) + "; repair the file");
}

}  // namespace assay::data
