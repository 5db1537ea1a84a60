#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/index.hpp"
#include "assay/data/array.hpp"
#include "assay/features/vital_limits.hpp"

namespace assay::features::detail {

/// One measurement column on its way through the rules.
struct Measured {
    index position;  ///< in the table
    const VitalLimit* limit;
    data::Array reported;  ///< float64, as it came
    data::Array checked;   ///< float64, in the limit's unit; shares `reported` where nothing was converted
    std::string unit;      ///< of `reported`
    std::optional<index> unit_column;
    std::optional<index> source_column;  ///< row of the chart each value came from
    std::vector<std::uint64_t> accepted;
    std::vector<index> bad_units;  ///< rows, ascending
    data::MutableBuffer merged;    ///< values that took some of a later row, empty where there are none
    index measured = 0;
    index kept = 0;

    double value(index row) const { return checked.values<double>()[static_cast<std::size_t>(row)]; }
    bool holds(index row) const { return (accepted[static_cast<std::size_t>(row / 64)] >> (row % 64)) & 1; }
    void refuse(index row) { accepted[static_cast<std::size_t>(row / 64)] &= ~(std::uint64_t{1} << (row % 64)); }
    void accept(index row) { accepted[static_cast<std::size_t>(row / 64)] |= std::uint64_t{1} << (row % 64); }
};

}  // namespace assay::features::detail
