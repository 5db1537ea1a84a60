#pragma once

#include <Eigen/Core>

#include "assay/data/concepts.hpp"

namespace assay::data {

/// A column without nulls as an Eigen column array, [rows], on the same memory; the column must outlive the map.
/// Aligned or not: a slice may begin anywhere.
/// @throws SchemaError if T is not the column's type. @throws ValueError if it holds nulls.   Cost: O(1).
template <FixedWidth T>
Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> as_eigen(const Array& column) {
    const std::span<const T> values = as_span<T>(column);
    return {values.data(), static_cast<Eigen::Index>(values.size())};
}
template <FixedWidth T>
Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> as_eigen(Array&& column) = delete;

/// The same as a vector for linear algebra.
template <FixedWidth T>
Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>> as_eigen_vector(const Array& column) {
    const std::span<const T> values = as_span<T>(column);
    return {values.data(), static_cast<Eigen::Index>(values.size())};
}
template <FixedWidth T>
Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>> as_eigen_vector(Array&& column) = delete;

}  // namespace assay::data
