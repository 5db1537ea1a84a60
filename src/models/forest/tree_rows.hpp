#pragma once

#include <cstdint>

// What a tree's builder holds of each training row, and what it adds up by bin and class. A row has its weight and its
// target beside its number, so that they are read in order while the codes of a feature are gathered.
namespace assay::models::detail {

/// A row of a classification whose weight is a whole number, as those of a bootstrap sample are.
struct CountRow {
    std::uint32_t row;
    std::uint16_t target;
    std::uint16_t weight;
};

/// A row of a classification with any weight.
struct WeightRow {
    std::uint32_t row;
    std::uint32_t target;
    double weight;
};

/// A row of a regression.
struct ValueRow {
    std::uint32_t row;
    double weight;
    double target;  ///< less the mean of all rows
};

/// Weights and number of rows of one class in a bin: both in one addition.
struct CountCell {
    std::uint64_t both = 0;
    void add(const CountRow& row) noexcept { both += std::uint64_t{1} << 32 | row.weight; }
    [[nodiscard]] std::uint32_t rows() const noexcept { return static_cast<std::uint32_t>(both >> 32); }
    [[nodiscard]] double weight() const noexcept { return static_cast<double>(both & 0xFFFFFFFFU); }
};

struct WeightCell {
    double sum = 0;
    std::uint32_t count = 0;
    void add(const WeightRow& row) noexcept {
        sum += row.weight;
        ++count;
    }
    [[nodiscard]] std::uint32_t rows() const noexcept { return count; }
    [[nodiscard]] double weight() const noexcept { return sum; }
};

/// Sums of a regression's rows in a bin.
struct ValueCell {
    double sum = 0;
    double moment = 0;
    std::uint32_t count = 0;
    void add(const ValueRow& row) noexcept {
        sum += row.weight;
        moment += row.weight * row.target;
        ++count;
    }
};

template <class Row>
struct CellOf;
template <>
struct CellOf<CountRow> {
    using type = CountCell;
};
template <>
struct CellOf<WeightRow> {
    using type = WeightCell;
};
template <>
struct CellOf<ValueRow> {
    using type = ValueCell;
};

}  // namespace assay::models::detail
