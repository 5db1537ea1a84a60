#pragma once

#include <cstdint>
#include <vector>

#include "data/csv/parsed_block.hpp"
#include "data/csv/plan.hpp"
#include "data/csv/structure.hpp"

namespace assay::data::csv {

enum class CellFault : std::uint8_t { Encoding, Type, Required, Outlier };

/// A rule that a field broke.
struct Failure {
    std::uint32_t row;     ///< among the rows with the right number of fields
    std::uint32_t column;  ///< of the plan; for Encoding of the file
    CellFault fault;
};

/// Rows with the right number of fields: first field of each, by Structure's numbering.
struct FieldRows {
    const char* data = nullptr;         ///< Block::kFront readable bytes before it
    const std::uint32_t* ends = nullptr;
    const std::uint32_t* first = nullptr;
    index rows = 0;
    index fields = 0;        ///< in each row
    bool cr_at_end = false;  ///< a CR may end the last field

    std::string_view field(index row, index column) const {
        const std::uint32_t* end = ends + first[row] + column;
        const std::uint32_t begin = end[-1] + 1;
        std::size_t size = *end - begin;
        if (cr_at_end && column + 1 == fields && size > 0 && data[begin + size - 1] == '\r') --size;
        return {data + begin, size};
    }
};

/// Parses one column of a block into `out`; appends what fails in row order.
void parse_column(const FieldRows& rows, const ReadPlan& plan, index column, bool quotes, ParsedColumn& out,
                  std::vector<Failure>& failures);

/// Removes rows (ascending positions) from a parsed column.
void drop_rows(const std::vector<std::uint32_t>& dropped, index rows, Type type, ParsedColumn& column);

}  // namespace assay::data::csv
