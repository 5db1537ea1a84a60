#pragma once

#include <utility>

#include "assay/base/export.hpp"
#include "assay/data/arrow_abi.hpp"
#include "assay/data/table.hpp"

// Tables in and out through the Arrow C interface. Nothing links Arrow: anything that speaks the interface is served.
namespace assay::data {

/// Describes the columns to a consumer: a struct type, one child per field. What a Field knows beyond Arrow (unit,
/// LOINC code, limits, description) travels as metadata under keys that begin with "assay.".
/// @param out  memory of the caller, overwritten; to be released by whoever takes it
ASSAY_EXPORT void export_schema(const TableSchema& schema, ArrowSchema* out);
ASSAY_EXPORT void export_field(const Field& field, ArrowSchema* out);

/// The column or table itself; no value is copied, and buffers live until the consumer releases `out`.
ASSAY_EXPORT void export_array(const Array& column, ArrowArray* out);
ASSAY_EXPORT void export_table(const Table& table, ArrowArray* out);

/// A stream that gives the table as one batch. Each call makes a new stream; one stream is for one thread.
ASSAY_EXPORT void export_stream(const Table& table, ArrowArrayStream* out);

/// Fields of a struct type. Foreign types become the type that import_stream would cast them to.
/// @throws SchemaError for types without a rule (see docs/adr/0004-tables.md). Leaves `schema` to the caller.
ASSAY_EXPORT TableSchema import_schema(const ArrowSchema& schema);
ASSAY_EXPORT Field import_field(const ArrowSchema& schema);

/// Takes over `array` (its release becomes null), whatever happens. The nine types of Assay are not copied; others are
/// cast by the rules of docs/adr/0004-tables.md, which never change a value.
/// @throws SchemaError for types without a rule or an array that contradicts its schema.
/// @throws ValueError for values that the cast cannot represent, naming column and row.
ASSAY_EXPORT Array import_array(const ArrowSchema& schema, ArrowArray* array);

/// A struct array as a table. Takes over `array`. Rows that are null as a whole are null in every column.
ASSAY_EXPORT Table import_table(const ArrowSchema& schema, ArrowArray* array);

/// All batches of the stream as one table; takes over `stream`. One batch stays where it is, several are joined in a
/// copy, column by column.
/// @throws IoError with the producer's own words if it fails; SchemaError and ValueError as above.
ASSAY_EXPORT Table import_stream(ArrowArrayStream* stream);

/// The same for a stream whose items are one column (a chunked array, a series).
ASSAY_EXPORT std::pair<Field, Array> import_column(ArrowArrayStream* stream);

/// The table in the types that `requested` asks for, where a cast exists that keeps every value; otherwise the column
/// as it is. Arrow calls this best effort.
ASSAY_EXPORT Table as_requested(const Table& table, const ArrowSchema& requested);

}  // namespace assay::data
