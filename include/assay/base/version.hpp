#pragma once

#include "assay/base/export.hpp"

namespace assay {

/// Version of the library, as in the file VERSION: "0.1.0".
ASSAY_EXPORT const char* version() noexcept;

}  // namespace assay
