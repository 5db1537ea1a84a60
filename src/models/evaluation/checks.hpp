#pragma once

#include "assay/base/error.hpp"
#include "assay/base/index.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <vector>

// What the statistics of this folder ask of their input.
namespace assay::models::detail {

inline void expect_same_length(const char* where, std::size_t expected, std::size_t got, const char* what) {
    if (expected == got) return;
    throw ShapeError(std::string(where) + ": expected " + std::to_string(expected) + " " + what + ", got " +
                     std::to_string(got));
}

inline void expect_no_nan(const char* where, std::span<const double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i])) throw ValueError(std::string(where) + ": score " + std::to_string(i) + " is NaN");
    }
}

/// Every value from 0 to 1; NaN is none.
inline void expect_probabilities(const char* where, std::span<const double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] >= 0 && values[i] <= 1) continue;
        throw ValueError(std::string(where) + ": expected probabilities from 0 to 1, value " + std::to_string(i) +
                         " is " + (std::isnan(values[i]) ? "NaN" : std::to_string(values[i])));
    }
}

/// Every true label one of the `labels` positions.
inline void expect_true_labels(const char* where, std::span<const index> truth, index labels) {
    for (const index label : truth) {
        if (label >= 0 && label < labels) continue;
        throw ValueError(std::string(where) + ": expected true labels from 0 to " + std::to_string(labels - 1) +
                         ", got " + std::to_string(label));
    }
}

/// Rows of a table [rows, labels], from the number of its values.
inline index rows_of(const char* where, std::size_t values, index labels) {
    if (labels < 1 || static_cast<index>(values) % labels != 0) {
        throw ShapeError(std::string(where) + ": expected whole rows of at least one label, got " +
                         std::to_string(values) + " values for " + std::to_string(labels) + " labels");
    }
    return static_cast<index>(values) / labels;
}

/// Positions in ascending order of their values; equal ones in the order given.
inline std::vector<std::size_t> order_of(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    return order;
}

}  // namespace assay::models::detail
