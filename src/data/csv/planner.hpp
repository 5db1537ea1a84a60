#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/data/csv.hpp"
#include "data/csv/plan.hpp"

namespace assay::data::csv {

/// A file's beginning and how it is to be read.
struct Opening {
    std::string name;    ///< of the file, for errors
    std::string text;    ///< decoded head
    bool whole = false;  ///< the head is the whole file
    CsvDialect dialect;
    Marks marks;
    index first_row = 0;   ///< offset of the first data row
    index first_line = 1;  ///< its line
    std::vector<std::string> columns;
    std::vector<std::string> preamble;
    std::vector<std::string> remarks;
};

/// Finds header and first row. @throws IoError, SchemaError
void find_header(const CsvOptions& options, Opening& opening);

/// The plan for a file: columns of the schema, or guesses from the first rows. @throws SchemaError
/// @param seen  by file column, what the first rows hold; filled where types are inferred
ReadPlan make_plan(const CsvOptions& options, Opening& opening, std::vector<unsigned>& seen);

/// Sets the types of inferred columns to what was seen.
void set_types(const std::vector<unsigned>& seen, ReadPlan& plan);

}  // namespace assay::data::csv
