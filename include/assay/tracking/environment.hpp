#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "assay/base/export.hpp"

namespace assay::tracking {

/// Where settings come from; replaced in tests.
struct Environment {
    std::function<std::optional<std::string>(const char* name)> variable;  ///< nothing where not set or empty
    std::filesystem::path home;

    /// The process's environment variables and home folder.
    ASSAY_EXPORT static Environment of_process();
};

}  // namespace assay::tracking
