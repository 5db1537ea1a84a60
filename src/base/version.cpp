#include "assay/base/version.hpp"

namespace assay {

const char* version() noexcept { return ASSAY_VERSION; }

}  // namespace assay
