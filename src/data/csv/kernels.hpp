#pragma once

#include "data/csv/structure.hpp"

namespace assay::data::csv {

/// One instruction set's way to find structure; all give the same result.
struct StructureKernel {
    Cut (*find_quoted_cut)(std::string_view bytes, const Marks& marks);
    void (*index_blocks)(std::string_view bytes, const Marks& marks, bool quotes, Structure& out);
};

extern const StructureKernel portable_kernel;
#if defined(__x86_64__)
extern const StructureKernel avx2_kernel;
extern const StructureKernel avx512_kernel;
#endif

}  // namespace assay::data::csv
