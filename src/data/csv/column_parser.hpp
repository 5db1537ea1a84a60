#pragma once

#include <cstdint>
#include <vector>

#include "data/csv/field_rows.hpp"
#include "data/csv/parsed_block.hpp"
#include "data/csv/plan.hpp"
#include "data/csv/structure.hpp"

namespace assay::data::csv {

enum class CellFault : std::uint8_t { Encoding, Type, Zone, Required, Outlier };

/// A rule that a field broke.
struct Failure {
    std::uint32_t row;     ///< among the rows with the right number of fields
    std::uint32_t column;  ///< of the plan; for Encoding of the file
    CellFault fault;
};

/// Parses one column of a block into `out`; appends what fails in row order.
void parse_column(const FieldRows& rows, const ReadPlan& plan, index column, bool quotes, ParsedColumn& out,
                  std::vector<Failure>& failures);

/// Removes rows (ascending positions) from a parsed column.
void drop_rows(const std::vector<std::uint32_t>& dropped, index rows, Type type, ParsedColumn& column);

}  // namespace assay::data::csv
