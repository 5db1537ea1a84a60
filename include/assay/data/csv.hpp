#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/time.hpp"
#include "assay/data/csv_dialect.hpp"
#include "assay/data/names.hpp"
#include "assay/data/quarantine.hpp"
#include "assay/data/schema.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// How rows become typed columns.
///
/// Null texts match whole fields. In text columns they match unquoted fields only: a quoted field is always text, so
/// that `""` is empty text and nothing is null. Other columns allow blanks around a value.
/// Numbers read to the bits of std::from_chars; whole numbers may end in `.0`. Floating columns accept `inf` and
/// `nan` in any case where they are not null texts; inference does not. Booleans are true/false, t/f, yes/no, y/n,
/// 1/0 in any case (inferred: true/false only). A day column accepts a moment at midnight.
struct CsvOptions {
    std::optional<CsvDialect> dialect;  ///< none: detected
    std::optional<Encoding> encoding;   ///< with a detected dialect: the encoding, where it is known
    std::optional<TableSchema> schema;  ///< none: inferred from all rows
    std::optional<NameMap> names;       ///< header names become canonical ones before the schema looks for them
    bool infer_types = true;            ///< without a schema: false keeps every column text
    bool enforce_limits = true;         ///< with a schema: rows beyond `outlier` are quarantined
    bool keep_extra_columns = true;     ///< with a schema: columns it does not name are kept as text
    bool missing_as_null = false;       ///< with a schema: nullable columns that the file lacks become nulls
    std::vector<std::string> null_values = {"", "NA", "N/A", "NULL", "null", "NaN", "nan"};
    /// With a schema: reads what stands in timestamp columns, trimmed and no null; none: ISO 8601. Called by any
    /// thread.
    std::function<std::optional<Timestamp>(std::string_view)> read_time;
    /// Of what `read_time` does not read: whether it is a time that clocks leave out, whose rule is `.zone` then.
    std::function<bool(std::string_view)> is_skipped_time;
    std::string line_column;  ///< where not empty: an int64 column of that name, last: each row's first line
    index max_row_bytes = index{16} << 20;  ///< a longer row is quarantined, 64 KiB of it in `raw`
    std::function<void(index bytes_done, index bytes_total)> progress;  ///< called from the calling thread
};

/// What was read: accepted and quarantined rows add up to the rows in the file.
///
/// Blank lines are not rows, except in a file of one column, where they are nulls.
struct CsvReport {
    std::filesystem::path file;
    DetectedDialect detected;
    index rows_read = 0;
    index rows_accepted = 0;
    index rows_quarantined = 0;
    index bytes = 0;                     ///< on disk
    std::vector<std::string> preamble;   ///< lines before the header, as they stand; may hold patient data
    std::vector<std::string> footnotes;  ///< lines after the last row, likewise
    std::vector<std::string> remarks;    ///< inferred types, renamed headers, …
};

struct CsvResult {
    Table rows;
    Quarantine rejected;
    CsvReport report;
};

/// Reads a delimited text file (plain, gzip or zstd, told by its first bytes); no row is lost.
/// @throws IoError if the file cannot be read, is empty, is not text or is cut short. @throws SchemaError if a column
/// of the schema is missing or a header name stands twice. @throws ValueError beyond 2 GiB of text in one column.
/// Cost: O(bytes) on all threads, one pass; a second one where the types inferred from the first rows do not hold.
/// Memory: the columns plus a few MiB a thread.
/// Source: RFC 4180; BOM and encodings by WHATWG Encoding.
ASSAY_EXPORT CsvResult read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

/// The same from bytes in memory; `name` stands for the file in the quarantine.
ASSAY_EXPORT CsvResult read_csv_bytes(std::string_view bytes, const CsvOptions& options = {},
                                      const std::string& name = "<memory>");

/// The column names that stand in a file, found as read_csv finds them; only its first MiB is read.
/// @throws IoError, SchemaError as read_csv.
ASSAY_EXPORT std::vector<std::string> csv_header(const std::filesystem::path& path, const CsvOptions& options = {});

template <class S>
struct TypedCsvResult {
    TypedTable<S> rows;
    Quarantine rejected;
    CsvReport report;
};

/// Reads a file whose rows follow schema S; columns are found by name.
template <class S>
TypedCsvResult<S> read_csv(const std::filesystem::path& path, CsvOptions options = {}) {
    options.schema = S::table_schema();
    CsvResult result = read_csv(path, options);
    return {TypedTable<S>(result.rows), std::move(result.rejected), std::move(result.report)};
}

}  // namespace assay::data
