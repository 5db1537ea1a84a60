#pragma once

#include <cstddef>

namespace assay {

/// Signed type of every size, length, row and column number.
using index = std::ptrdiff_t;

}  // namespace assay
