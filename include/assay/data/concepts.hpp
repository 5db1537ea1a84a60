#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "assay/data/array.hpp"

namespace assay::data {

/// Values that lie one after the other and can be read in place: std::vector, std::array, std::span, an Eigen vector or
/// Map, an xtensor container or adaptor of one dimension. Kernels take it, so that callers never copy.
template <class R>
concept ContiguousRange = requires(const std::remove_cvref_t<R>& range) {
    { range.data() } -> std::convertible_to<const void*>;
    { range.size() } -> std::convertible_to<std::size_t>;
    requires std::is_pointer_v<decltype(range.data())>;
};

/// The C++ type of the values.
template <ContiguousRange R>
using range_value_t = std::remove_cvref_t<decltype(*std::declval<const std::remove_cvref_t<R>&>().data())>;

/// A contiguous range of T.
template <class R, class T>
concept ContiguousRangeOf = ContiguousRange<R> && std::same_as<range_value_t<R>, T>;

namespace detail {

/// Eigen says how far apart its values are, xtensor by its strides; other ranges have no gaps.
template <class R>
constexpr bool is_unit_stride(const R& range) {
    if constexpr (requires {
                      range.innerStride();
                      range.cols();
                  }) {
        return (range.innerStride() == 1 || range.size() <= 1) &&
               (range.rows() == 1 || range.cols() == 1 || range.outerStride() == range.innerSize());
    } else if constexpr (requires {
                             range.strides();
                             range.dimension();
                         }) {
        std::ptrdiff_t expected = 1;
        for (std::size_t d = range.dimension(); d-- > 0;) {
            if (range.shape()[d] > 1 && range.strides()[d] != expected) return false;
            expected *= static_cast<std::ptrdiff_t>(range.shape()[d]);
        }
        return true;
    } else {
        return true;
    }
}

/// Where the first value is: xtensor's data() is the start of the storage, which a view may not begin at.
template <class R>
constexpr auto first_of(const R& range) {
    if constexpr (requires { range.data_offset(); }) {
        return range.data() + range.data_offset();
    } else {
        return range.data();
    }
}

[[noreturn]] ASSAY_EXPORT void throw_strided();
[[noreturn]] ASSAY_EXPORT void throw_nulls(index null_count);

}  // namespace detail

/// The range as a span. Cost: O(1), no copy. @throws ShapeError if an Eigen or xtensor view has gaps between values.
template <ContiguousRange R>
std::span<const range_value_t<R>> as_span(const R& range) {
    if (!detail::is_unit_stride(range)) detail::throw_strided();
    return {detail::first_of(range), static_cast<std::size_t>(range.size())};
}

/// The values of a column without nulls as a span. @throws SchemaError for another type, ValueError if it holds nulls.
template <FixedWidth T>
std::span<const T> as_span(const Array& column) {
    if (column.null_count() > 0) detail::throw_nulls(column.null_count());
    return column.values<T>();
}

}  // namespace assay::data
