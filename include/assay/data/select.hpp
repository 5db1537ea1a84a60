#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/data/table.hpp"

namespace assay::data {

/// The rows at these positions, in that order; repeats allowed. @throws ShapeError out of range.   Cost: O(rows ·
/// columns)
ASSAY_EXPORT Array take(const Array& column, std::span<const index> rows);
ASSAY_EXPORT Table take(const Table& table, std::span<const index> rows);

/// The rows where keep[i] is not 0. @throws ShapeError if keep is not as long as the table.
ASSAY_EXPORT Table filter(const Table& table, std::span<const std::uint8_t> keep);

/// One below the other; schemas must have the same names and types. @throws SchemaError
ASSAY_EXPORT Table concat(std::span<const Table> tables);
ASSAY_EXPORT Array concat(std::span<const Array> columns);

/// Row order that sorts by these columns, ties in input order (stable), nulls last in either direction. NaN counts as
/// greater than every number; text is compared byte by byte.   Cost: O(n log n). @throws SchemaError
ASSAY_EXPORT std::vector<index> sort_order(const Table& table, std::span<const std::string> by,
                                           bool descending = false);

/// The column as another type; what cannot be represented becomes an error, never another number.
/// @throws ValueError naming the row. Utf8 from anything gives the text that CSV would hold.
ASSAY_EXPORT Array cast(const Array& column, Type type);

}  // namespace assay::data
