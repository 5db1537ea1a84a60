#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// "heartRate", "Heart Rate" and "HEART-RATE" become "heart_rate"; "HTTPServer2x" becomes "http_server2x".
/// Letters beyond ASCII stay as they are.
ASSAY_EXPORT std::string to_snake_case(std::string_view name);

/// Vendors' column names and the canonical ones, as data that a site can extend.
///
/// A name is looked up in snake_case, so one entry `bp_sys` serves bpSys, BP_SYS and "bp sys". The prefixes avg_, min_,
/// max_ and last_ are kept: avgBpSys becomes avg_systolic_bp. What the map does not hold stays in snake_case.
class ASSAY_EXPORT NameMap {
  public:
    NameMap() = default;

    /// The map that Assay ships: vital signs, keys and times as monitors, LIMS and notebooks name them.
    static const NameMap& clinical();

    /// This map with more entries; a later entry wins. Keys are brought to snake_case.
    NameMap with(const std::map<std::string, std::string>& entries) const;

    std::string canonical(std::string_view name) const;
    /// @throws SchemaError if two names map to one, naming both; an empty name becomes column_<position>, from 1.
    std::vector<std::string> canonical(std::span<const std::string> names) const;

    const std::map<std::string, std::string>& entries() const noexcept { return entries_; }

  private:
    std::map<std::string, std::string> entries_;
};

/// Reads a site's entries from a CSV file with the columns `name,canonical`. @throws IoError, SchemaError, and
/// ValueError with the line where a row has another form.
ASSAY_EXPORT std::map<std::string, std::string> read_name_entries(const std::filesystem::path& path);

/// The table under canonical names. @throws SchemaError if two columns map to one name, naming both.
ASSAY_EXPORT Table with_canonical_names(const Table& table, const NameMap& names = NameMap::clinical());

}  // namespace assay::data
