#include "models/search/quantise.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

namespace assay::models::search {
namespace {

constexpr std::size_t kLanes = 16;
/// Covers the rounding of every bound: some ten operations in float32, each within 2^-24 of its result.
constexpr double kSlack = 4e-6;

template <class Term>
double sum_in_lanes(index n, Term term) {
    std::array<double, kLanes> lanes{};
    index i = 0;
    for (; i + static_cast<index>(kLanes) <= n; i += kLanes) {
        for (std::size_t j = 0; j < kLanes; ++j) lanes[j] += term(i + static_cast<index>(j));
    }
    for (; i < n; ++i) lanes[0] += term(i);
    double sum = 0;
    for (const double lane : lanes) sum += lane;
    return sum;
}

float largest(const float* row, index n) {
    std::array<float, kLanes> lanes{};
    index i = 0;
    for (; i + static_cast<index>(kLanes) <= n; i += kLanes) {
        for (std::size_t j = 0; j < kLanes; ++j)
            lanes[j] = std::max(lanes[j], std::fabs(row[i + static_cast<index>(j)]));
    }
    for (; i < n; ++i) lanes[0] = std::max(lanes[0], std::fabs(row[i]));
    return *std::max_element(lanes.begin(), lanes.end());
}

/// To the nearest whole number, for |value| < 2^22; a loop of it is vector code on any processor.
float nearest(float value) { return (value + 12582912.0f) - 12582912.0f; }

float rounded_up(double value) { return static_cast<float>(value * (1 + 1e-6)); }

double norm_of(const float* row, index n) {
    return std::sqrt(sum_in_lanes(n, [row](index i) { return static_cast<double>(row[i]) * row[i]; }));
}

/// Why a row is refused, or null.
const char* fault_of(const float* row, index dim) {
    const double norm = norm_of(row, dim);
    if (norm >= kLeastNorm && norm <= kMostNorm) return nullptr;
    if (std::any_of(row, row + dim, [](float v) { return std::isnan(v); })) return "finite values, got NaN";
    if (std::any_of(row, row + dim, [](float v) { return std::isinf(v); })) return "finite values, got an infinite one";
    if (norm == 0) return "vectors that are not zero, got zeros";
    return norm < kLeastNorm ? "a norm of at least 1e-9, got a smaller one" : "a norm of at most 1e9, got a larger one";
}

}  // namespace

RowCode code_row(const float* row, index dim, std::int8_t* codes) {
    const float most = largest(row, dim);
    const float scale = most / 127.0f;
    const float inverse = 127.0f / most;
    for (index i = 0; i < dim; ++i) codes[i] = static_cast<std::int8_t>(nearest(row[i] * inverse));
    // Whatever the rounding above, the codes are what they are: their error is measured, not derived.
    const double exact_scale = scale;
    const double error = sum_in_lanes(dim, [=](index i) {
        const double difference = static_cast<double>(row[i]) - exact_scale * codes[i];
        return difference * difference;
    });
    const double norm = sum_in_lanes(dim, [=](index i) { return static_cast<double>(codes[i]) * codes[i]; });
    return {scale, rounded_up(std::sqrt(error)), rounded_up(exact_scale * std::sqrt(norm))};
}

void check_rows(std::span<const float> rows, index dim, const char* what) {
    const auto values = static_cast<index>(rows.size());
    if (values % dim != 0) {
        throw ShapeError(std::string(what) + ": expected rows of " + std::to_string(dim) + " values, got " +
                         std::to_string(values) + " values in all");
    }
    parallel_for(values / dim, 512, [&](index begin, index end) {
        for (index i = begin; i < end; ++i) {
            if (const char* fault = fault_of(rows.data() + i * dim, dim)) {
                throw ValueError(std::string(what) + ": expected " + fault + " in row " + std::to_string(i));
            }
        }
    });
}

PreparedQueries::PreparedQueries(std::span<const float> queries, index dim, index digits, std::int32_t most_code)
    : digits_(digits), exact_stride_(row_stride(dim)), code_stride_(code_stride(dim)) {
    const index count = static_cast<index>(queries.size()) / dim;
    const auto bytes = static_cast<std::size_t>(count * digits * code_stride_);
    exact_.resize(static_cast<std::size_t>(count * exact_stride_));
    codes_.reset(new (std::align_val_t{64}) std::int8_t[bytes]());
    terms_.resize(static_cast<std::size_t>(count));
    for (index q = 0; q < count; ++q) {
        const float* query = queries.data() + q * dim;
        std::copy_n(query, dim, exact_.data() + q * exact_stride_);
        code(query, dim, q, most_code);
    }
}

void PreparedQueries::code(const float* query, index dim, index q, std::int32_t most_code) {
    // Digits of base 128 within [-64, 64]: no pair of products overflows the 16 bits of AVX2's maddubs.
    const std::int32_t most = digits_ == 2 ? 64 * 127 : most_code;
    const float largest_value = largest(query, dim);
    const float scale = largest_value / static_cast<float>(most);
    const float inverse = static_cast<float>(most) / largest_value;
    std::int8_t* high = codes_.get() + q * digits_ * code_stride_;
    std::int8_t* low = high + (digits_ - 1) * code_stride_;
    std::int32_t high_sum = 0, low_sum = 0;
    double error = 0;
    for (index i = 0; i < dim; ++i) {
        const auto whole = static_cast<std::int32_t>(nearest(query[i] * inverse));
        const std::int32_t upper =
            digits_ == 2 ? static_cast<std::int32_t>(nearest(static_cast<float>(whole) / 128.0f)) : whole;
        high[i] = static_cast<std::int8_t>(upper);
        high_sum += upper;
        if (digits_ == 2) {
            low[i] = static_cast<std::int8_t>(whole - 128 * upper);
            low_sum += low[i];
        }
        const double difference = static_cast<double>(query[i]) - static_cast<double>(scale) * whole;
        error += difference * difference;
    }
    const double norm = norm_of(query, dim);
    const double residual = std::sqrt(error);
    terms_[static_cast<std::size_t>(q)] = {scale, rounded_up(norm * (1 + kSlack)),
                                           rounded_up(residual + kSlack * (norm + residual)), 128 * high_sum,
                                           128 * low_sum};
}

}  // namespace assay::models::search
