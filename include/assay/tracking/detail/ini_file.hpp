#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace assay::tracking::detail {

using IniSection = std::map<std::string, std::string>;  ///< names in lower case

/// Every section of an INI file by name: "name = value" or "name: value", comments by '#' and ';'.
/// Empty where there is no such file. @throws IoError where it cannot be read
std::map<std::string, IniSection> read_ini(const std::filesystem::path& file);

/// The value, or "" where there is none.
std::string find(const IniSection& section, const std::string& name);

}  // namespace assay::tracking::detail
