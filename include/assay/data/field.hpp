#pragma once

#include <limits>
#include <optional>
#include <string>

#include "assay/data/type.hpp"

namespace assay::data {

/// Closed interval in the column's unit; an open end is infinite.
struct Range {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();

    constexpr bool contains(double value) const noexcept { return low <= value && value <= high; }  // NaN: false
    bool operator==(const Range&) const = default;
};

/// What is known about one column: its name and type, and for measurements what they mean.
struct Field {
    std::string name{};
    Type type = Type::Float64;
    bool nullable = true;
    std::string unit{};              ///< UCUM code, "" where there is none
    std::string loinc{};             ///< LOINC code, "" where there is none
    std::optional<Range> valid{};    ///< plausible values; outside: suspicious
    std::optional<Range> outlier{};  ///< possible values; outside: certainly wrong
    std::string description{};

    bool operator==(const Field&) const = default;
};

}  // namespace assay::data
