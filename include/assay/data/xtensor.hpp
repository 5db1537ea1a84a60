#pragma once

#include <array>
#include <xtensor/xadapt.hpp>

#include "assay/data/concepts.hpp"

namespace assay::data {

/// A column without nulls as an xtensor of one dimension, [rows], on the same memory; the column must outlive it.
/// @throws SchemaError if T is not the column's type. @throws ValueError if it holds nulls.   Cost: O(1).
template <FixedWidth T>
auto as_xtensor(const Array& column) {
    const std::span<const T> values = as_span<T>(column);
    const std::array<std::size_t, 1> shape{values.size()};
    return xt::adapt(values.data(), values.size(), xt::no_ownership(), shape);
}
template <FixedWidth T>
auto as_xtensor(Array&& column) = delete;

}  // namespace assay::data
