#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::detail {

/// Calls `body(context, i)` for every i in [0, count) on the process's pool, the calling thread included.
ASSAY_EXPORT void run_blocks(index count, void* context, void (*body)(void* context, index block));

}  // namespace assay::detail
