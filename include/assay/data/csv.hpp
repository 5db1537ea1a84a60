#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "assay/data/quarantine.hpp"
#include "assay/data/schema.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// Character encoding of a file's bytes, by name.
enum class Encoding : std::uint8_t { Utf8, Utf16Le, Utf16Be, Latin1, Windows1252, Cp949 };

/// How a delimited text file is written.
struct CsvDialect {
    char delimiter = ',';
    char quote = '"';          ///< '\0': no quoting
    bool has_header = true;
    index preamble_lines = 0;  ///< lines before the header (titles, export notes)
    index footnote_lines = 0;  ///< lines after the last row
    Encoding encoding = Encoding::Utf8;

    bool operator==(const CsvDialect&) const = default;
};

/// A dialect found in a file, and what could have been read otherwise.
struct DetectedDialect {
    CsvDialect dialect;
    std::vector<std::string> remarks;  ///< one sentence for each doubt, empty where there is none
};

struct CsvOptions {
    std::optional<CsvDialect> dialect;   ///< none: detected
    std::optional<TableSchema> schema;   ///< none: inferred from all rows
    bool infer_types = true;             ///< without a schema: false keeps every column text
    bool enforce_limits = true;          ///< with a schema: rows beyond `outlier` are quarantined
    bool keep_extra_columns = true;      ///< with a schema: columns it does not name are kept as text
    std::vector<std::string> null_values = {"", "NA", "N/A", "NULL", "null", "NaN", "nan"};
    index max_row_bytes = index{16} << 20;  ///< a longer row is quarantined
    std::function<void(index bytes_done, index bytes_total)> progress;  ///< called from the reading thread
};

/// What was read: accepted and quarantined rows add up to the rows in the file.
struct CsvReport {
    std::filesystem::path file;
    DetectedDialect detected;
    index rows_read = 0;
    index rows_accepted = 0;
    index rows_quarantined = 0;
    index bytes = 0;                  ///< on disk
    std::vector<std::string> remarks; ///< inferred types, renamed headers, …
};

struct CsvResult {
    Table rows;
    Quarantine rejected;
    CsvReport report;
};

/// Reads a delimited text file (plain, .gz or .zst); no row is lost.
/// @throws IoError if the file cannot be read or is cut short. @throws SchemaError if a required column is missing.
/// Cost: O(bytes), one pass, on all threads; memory: the columns plus a few MiB a thread.
/// Source: RFC 4180; BOM and encodings by WHATWG Encoding.
ASSAY_EXPORT CsvResult read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

/// The same from bytes in memory; `name` stands for the file in the quarantine.
ASSAY_EXPORT CsvResult read_csv_bytes(std::string_view bytes, const CsvOptions& options = {},
                                      const std::string& name = "<memory>");

/// Looks at the first MiB and says how the file is written.
ASSAY_EXPORT DetectedDialect detect_dialect(std::string_view head);

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
