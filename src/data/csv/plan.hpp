#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/time.hpp"
#include "assay/data/field.hpp"
#include "data/csv/null_texts.hpp"
#include "data/csv/structure.hpp"

namespace assay::data::csv {

/// One column of the result.
struct ColumnPlan {
    Field field;
    index file_column = -1;  ///< -1: the file lacks it, all null
    bool inferred = false;   ///< the type is a guess: a value that contradicts it rejects the guess, not the row
    bool unknown = false;    ///< inferred from nulls alone: any value contradicts it
};

/// All that a thread must know to parse a block.
struct ReadPlan {
    Marks marks;
    detail::CsvKernel kernel = detail::CsvKernel::Portable;
    std::vector<std::string> file_columns;
    std::vector<ColumnPlan> columns;
    NullTexts nulls{{}};
    bool enforce_limits = true;
    std::function<std::optional<Timestamp>(std::string_view)> read_time;  ///< none: ISO 8601
    std::function<bool(std::string_view)> is_skipped_time;                ///< none: no time is one
    std::string line_column;  ///< empty: lines of accepted rows are not asked for

    index num_fields() const noexcept { return static_cast<index>(file_columns.size()); }
    bool infers() const noexcept {
        for (const ColumnPlan& column : columns) {
            if (column.inferred) return true;
        }
        return false;
    }
};

}  // namespace assay::data::csv
