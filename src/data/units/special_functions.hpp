#pragma once

#include <optional>

#include "data/units/ucum_table.hpp"

namespace assay::data::detail {

/// What is added to a temperature scale's number to count from absolute zero; nothing for functions of another form.
/// Zero for `none`.
std::optional<long double> affine_offset(UcumFunction function) noexcept;

/// A special unit's number as a number of its proper unit, and back. NaN outside the domain.
double to_proper(UcumFunction function, double number) noexcept;
double from_proper(UcumFunction function, double number) noexcept;

}  // namespace assay::data::detail
