#pragma once

#include <string>
#include <vector>

#include "data/units/unit_syntax.hpp"

namespace assay::data::detail {

/// The terms in words: "(millimeter)", "4 * (the number pi) / (ampère ^ 2)".
std::string display_name(const std::vector<UnitTerm>& terms);

}  // namespace assay::data::detail
