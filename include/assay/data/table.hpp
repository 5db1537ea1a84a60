#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/array.hpp"
#include "assay/data/table_schema.hpp"

namespace assay::data {

/// Immutable columns of one length under a schema. Cheap to copy: columns are shared.
class ASSAY_EXPORT Table {
  public:
    Table() = default;
    /// @throws ShapeError if lengths differ. @throws SchemaError if a type differs from its field, or if a column that
    /// may not be null holds one.
    Table(TableSchema schema, std::vector<Array> columns);
    /// A table of that schema without rows.
    static Table empty(TableSchema schema);

    const TableSchema& schema() const noexcept { return schema_; }
    index num_rows() const noexcept { return num_rows_; }
    index num_columns() const noexcept { return schema_.size(); }

    const Array& column(index i) const { return columns_.at(static_cast<std::size_t>(i)); }
    /// @throws SchemaError naming the column and those that exist.
    const Array& column(std::string_view name) const { return column(schema_.position(name)); }
    bool has_column(std::string_view name) const noexcept { return schema_.find(name).has_value(); }

    /// Rows [start, start+length) without a copy. @throws ShapeError
    Table slice(index start, index length) const;
    /// These columns in this order, without a copy. @throws SchemaError
    Table select(std::span<const std::string> names) const;
    /// With the column added at the end, or replaced in its place. @throws ShapeError
    Table with_column(Field field, Array column) const;
    /// Without that column. @throws SchemaError
    Table without_column(std::string_view name) const;
    /// The same columns under new names, in order. @throws ShapeError, SchemaError (a name twice)
    Table renamed(std::span<const std::string> names) const;

    /// Same schema and equal columns.
    bool equals(const Table& other) const;

  private:
    TableSchema schema_;
    std::vector<Array> columns_;
    index num_rows_ = 0;
};

}  // namespace assay::data
