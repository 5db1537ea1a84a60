#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/data/detail/csv_tuning.hpp"

// What the tests of the CSV reader share.
namespace csv_test {

using namespace assay;
using namespace assay::data;
using assay::index;
namespace detail = assay::data::detail;

inline CsvResult read(std::string_view text, const CsvOptions& options = {}) { return read_csv_bytes(text, options); }

inline CsvResult read_tuned(std::string_view text, const CsvOptions& options, index block_bytes,
                            detail::CsvKernel kernel = detail::CsvKernel::Best) {
    return detail::read_csv_bytes(text, options, "<memory>", {block_bytes, kernel});
}

inline CsvOptions with_schema(TableSchema schema) {
    CsvOptions options;
    options.schema = std::move(schema);
    return options;
}

inline CsvOptions as_text() {
    CsvOptions options;
    options.infer_types = false;
    return options;
}

inline Field field(const char* name, Type type, bool nullable = true) {
    Field out;
    out.name = name;
    out.type = type;
    out.nullable = nullable;
    return out;
}

inline std::string text_of(const Table& table, std::string_view column, index row) {
    return std::string(table.column(column).text(row));
}

/// Rules of each quarantined row.
inline std::vector<std::string> rules_of(const CsvResult& result) {
    std::vector<std::string> out;
    for (index i = 0; i < result.rejected.num_rows(); ++i) out.push_back(text_of(result.rejected.table(), "rules", i));
    return out;
}

inline bool same(const CsvResult& a, const CsvResult& b) {
    return a.rows.equals(b.rows) && a.rejected.table().equals(b.rejected.table()) &&
           a.report.rows_read == b.report.rows_read && a.report.footnotes == b.report.footnotes &&
           a.report.remarks == b.report.remarks;
}

}  // namespace csv_test
