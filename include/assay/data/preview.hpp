#pragma once

#include <string>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// How much of a table a preview shows. Rows and columns beyond are left out of the middle.
struct PreviewLimits {
    index rows = 10;
    index columns = 12;
    index cell_width = 32;  ///< characters; longer values end in "…"
};

/// A table for people: size, names, types, first and last rows, aligned in a fixed-width font. Null is shown as "null".
ASSAY_EXPORT std::string preview_text(const Table& table, const PreviewLimits& limits = {});

/// The same as an HTML table, all values escaped.
ASSAY_EXPORT std::string preview_html(const Table& table, const PreviewLimits& limits = {});

/// One line per field: name, type, and what is known about it (unit, LOINC code, limits).
ASSAY_EXPORT std::string preview_text(const TableSchema& schema);

}  // namespace assay::data
