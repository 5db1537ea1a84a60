#pragma once

#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/field.hpp"

namespace assay::features {

/// A known reason for a measurement beyond its limits: it applies to values inside `values`.
struct LikelyCause {
    std::string_view measurement;
    data::Range values;
    std::string_view text;
};

/// The known causes, first match wins.
ASSAY_EXPORT const std::vector<LikelyCause>& likely_causes();

/// The likely cause of this refused value, "" where none is known.
ASSAY_EXPORT std::string_view likely_cause(std::string_view measurement, double value) noexcept;

}  // namespace assay::features
