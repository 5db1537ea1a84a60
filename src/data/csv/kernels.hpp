#pragma once

#include "data/csv/field_rows.hpp"
#include "data/csv/structure.hpp"

namespace assay::data::csv {

/// One instruction set's way to find structure and to read numbers; all give the same result.
struct Kernel {
    Cut (*find_quoted_cut)(std::string_view bytes, const Marks& marks);
    void (*index_blocks)(std::string_view bytes, const Marks& marks, bool quotes, Structure& out);
    /// Reads one column of short decimal numbers (parse_short). Rows that are anything else are written to `others`,
    /// which has room for all, in order; returns their number. Null: there is no such kernel.
    index (*parse_decimals)(const FieldRows& rows, index column, bool strict, double* values, std::uint32_t* others);
};

extern const Kernel portable_kernel;
#if defined(__x86_64__)
extern const Kernel avx2_kernel;
extern const Kernel avx512_kernel;
#endif

/// The kernel of that name. It must be supported.
const Kernel& kernel_of(detail::CsvKernel kernel);

}  // namespace assay::data::csv
