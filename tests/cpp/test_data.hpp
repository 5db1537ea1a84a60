#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "catch.hpp"

namespace assay::tests {

/// A file of ../shared/data (ASSAY_TEST_DATA names another place); nothing, with a warning, where it is absent.
inline std::optional<std::filesystem::path> shared_data(const std::string& name) {
    const char* given = std::getenv("ASSAY_TEST_DATA");
    const std::filesystem::path root = given != nullptr ? given : ASSAY_SOURCE_DIR "/../shared/data";
    if (std::filesystem::exists(root / name)) return root / name;
    WARN("skipped: ../shared/data/" + name + " is absent");
    return std::nullopt;
}

/// The whole text of such a file.
inline std::optional<std::string> shared_text(const std::string& name) {
    const auto path = shared_data(name);
    if (!path) return std::nullopt;
    std::ifstream file(*path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace assay::tests
