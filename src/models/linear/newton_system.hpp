#pragma once

#include "assay/base/index.hpp"

#include <vector>

namespace assay::models::detail {

/// Solves A x = b for a symmetric positive definite A of n × n, of which the lower triangle is given; A is overwritten.
///
/// Where A is not positive definite in double precision, a multiple of its diagonal is added until it is: what comes
/// out is then a damped Newton step.
/// @returns x, empty where even that does not help (a number that is not finite)
std::vector<double> solve_symmetric(std::vector<double> matrix, const std::vector<double>& right, index n);

}  // namespace assay::models::detail
