#pragma once

#include <map>
#include <string>

#include "assay/data/table.hpp"

namespace assay::data {

/// Rows that a reader did not accept, with everything needed to find, explain and repair them.
///
/// The table has one row per rejected row: `file` (text), `line` (int64, 1-based, of the row's first byte),
/// `byte_offset` (int64, in the file decompressed and decoded to UTF-8), `byte_length` (int64, likewise, without the
/// line end), `rules` (text, ids joined by ';'), `columns` (text, names joined by ';'), `raw` (binary, the original
/// bytes without the line end; of a row beyond the reader's limit the first 64 KiB).
class ASSAY_EXPORT Quarantine {
  public:
    Quarantine() : rows_(Table::empty(schema())) {}
    /// @throws SchemaError if `rows` is not of schema().
    explicit Quarantine(Table rows);

    static const TableSchema& schema();

    const Table& table() const noexcept { return rows_; }
    index num_rows() const noexcept { return rows_.num_rows(); }
    /// Failures by rule id; a row that failed two rules counts in both.
    std::map<std::string, index> counts_by_rule() const;

  private:
    Table rows_;
};

}  // namespace assay::data
