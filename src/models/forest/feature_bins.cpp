#include "assay/models/forest/feature_bins.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "models/forest/forest_content.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace assay::models {
namespace {

/// A value's key above the number of its row.
using KeyedRow = std::uint64_t;

float value_of(KeyedRow keyed) noexcept { return forest::float_of(static_cast<std::uint32_t>(keyed >> 32)); }

/// Sorts by value in three passes of eleven bits.
void sort_by_value(std::vector<KeyedRow>& rows) {
    std::vector<KeyedRow> other(rows.size());
    for (const int shift : {32, 43, 54}) {
        std::array<std::size_t, 2048> start{};
        for (const KeyedRow row : rows) ++start[(row >> shift) & 2047];
        std::size_t sum = 0;
        for (std::size_t& place : start) sum += std::exchange(place, sum);
        for (const KeyedRow row : rows) other[start[(row >> shift) & 2047]++] = row;
        rows.swap(other);
    }
}

/// Where each distinct value begins in the sorted rows, and at last their number.
using ValueStarts = std::vector<std::size_t>;

std::size_t rows_of_value(const ValueStarts& values, std::size_t at) { return values[at + 1] - values[at]; }

/// Whether a value that has `least` rows or more stands alone; the values between two such share bins.
std::size_t bins_needed(const ValueStarts& values, std::size_t least) {
    std::size_t needed = 0;
    bool in_run = false;
    for (std::size_t at = 0; at + 1 < values.size(); ++at) {
        const bool alone = rows_of_value(values, at) >= least;
        needed += alone || !in_run ? 1 : 0;
        in_run = !alone;
    }
    return needed;
}

/// Rows from which on a value has a bin of its own: as many as all bins have on average; more where the bins would not
/// suffice. With more than twice as many they always do: there are fewer such values than half the bins.
std::size_t rows_of_own_bin(const ValueStarts& values, std::size_t max_bins) {
    std::size_t least = (values.back() + max_bins - 1) / max_bins, enough = 2 * least + 1;
    while (least < enough) {
        const std::size_t middle = least + (enough - least) / 2;
        if (bins_needed(values, middle) <= max_bins) {
            enough = middle;
        } else {
            least = middle + 1;
        }
    }
    return least;
}

/// Cuts the values [begin, end) into at most `bins` groups of about as many rows.
void share_out(const ValueStarts& values, std::size_t begin, std::size_t end, std::size_t bins,
               std::vector<std::size_t>& starts) {
    const bool each_its_own = end - begin <= bins;
    for (std::size_t next = begin; next < end; --bins) {
        starts.push_back(values[next]);
        if (each_its_own) {
            ++next;
            continue;
        }
        if (bins == 1) return;
        // What is left is shared out anew after each bin, so that one frequent value does not starve the others.
        const std::size_t goal = values[next] + (values[end] - values[next] + bins - 1) / bins;
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(next) + 1;
        const auto last = values.begin() + static_cast<std::ptrdiff_t>(end);
        next = static_cast<std::size_t>(std::lower_bound(first, last, goal) - values.begin());
    }
}

/// Starts of the bins in sorted rows: every distinct value; or every frequent one, and groups of about as many rows of
/// the others. A frequent value that shared its bin, as all results below a detection limit are one, could not be told
/// from its neighbours.
std::vector<std::size_t> bin_starts(const std::vector<KeyedRow>& rows, std::size_t max_bins) {
    ValueStarts values;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i == 0 || rows[i] >> 32 != rows[i - 1] >> 32) values.push_back(i);
    }
    if (values.size() <= max_bins) return values;
    const std::size_t count = values.size();
    values.push_back(rows.size());
    const std::size_t least = rows_of_own_bin(values, max_bins);
    std::size_t runs = 0, alone = 0, shared = 0;  // shared: rows
    for (std::size_t at = 0; at < count; ++at) {
        const bool is_alone = rows_of_value(values, at) >= least;
        alone += is_alone ? 1 : 0;
        shared += is_alone ? 0 : rows_of_value(values, at);
        runs += !is_alone && (at == 0 || rows_of_value(values, at - 1) >= least) ? 1 : 0;
    }
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < count;) {
        if (rows_of_value(values, at) >= least) {
            starts.push_back(values[at++]);
            --alone;
            continue;
        }
        std::size_t end = at + 1;
        while (end < count && rows_of_value(values, end) < least) ++end;
        // One for each run, and of what is left a part by its rows.
        const std::size_t spare = max_bins - starts.size() - alone - runs, own = values[end] - values[at];
        share_out(values, at, end, 1 + spare * own / shared, starts);
        shared -= own;
        --runs;
        at = end;
    }
    return starts;
}

/// The bin of each row; `codes` has that of missing values in all others.
template <class Code>
void set_codes(const std::vector<KeyedRow>& rows, const std::vector<std::size_t>& starts, std::vector<Code>& codes) {
    for (std::size_t bin = 0; bin < starts.size(); ++bin) {
        const std::size_t end = bin + 1 < starts.size() ? starts[bin + 1] : rows.size();
        for (std::size_t i = starts[bin]; i < end; ++i) codes[rows[i] & 0xFFFFFFFFU] = static_cast<Code>(bin);
    }
}

}  // namespace

FeatureBins::FeatureBins(std::span<const float> x, index features, index max_bins) {
    if (features < 1 || x.empty() || x.size() % static_cast<std::size_t>(features) != 0)
        throw ShapeError("fit: expected a table with at least one row and one feature, got " +
                         std::to_string(x.size()) + " values for " + std::to_string(features) + " features");
    if (max_bins < 2 || max_bins > most_bins)
        throw ValueError("fit: expected max_bins from 2 to " + std::to_string(most_bins) + ", got " +
                         std::to_string(max_bins));
    rows_ = static_cast<index>(x.size()) / features;
    features_.resize(static_cast<std::size_t>(features));
    parallel_for(features, 1, [&](index feature, index) { cut(feature, x, max_bins); });
}

void FeatureBins::cut(index number, std::span<const float> x, index max_bins) {
    const auto f = static_cast<std::size_t>(number);
    const std::size_t width = features_.size();
    std::vector<KeyedRow> rows;
    rows.reserve(static_cast<std::size_t>(rows_));
    std::size_t row = 0;
    for (std::size_t at = f; at < x.size(); at += width, ++row) {
        const float value = x[at];
        if (std::isinf(value))
            throw ValueError(
                "fit: expected finite values or NaN, got an infinite one (or one beyond float32) in feature " +
                std::to_string(number) + ", row " + std::to_string(row));
        if (!std::isnan(value)) rows.push_back(KeyedRow{forest::key_of(value)} << 32 | row);
    }
    sort_by_value(rows);
    const std::vector<std::size_t> starts = bin_starts(rows, static_cast<std::size_t>(max_bins));
    Feature& feature = features_[f];
    feature.low.reserve(starts.size());
    std::vector<float> high;
    for (std::size_t bin = 0; bin < starts.size(); ++bin) {
        feature.low.push_back(value_of(rows[starts[bin]]));
        high.push_back(value_of(rows[(bin + 1 < starts.size() ? starts[bin + 1] : rows.size()) - 1]));
    }
    if (high != feature.low) feature.high = std::move(high);
    feature.has_missing = rows.size() < static_cast<std::size_t>(rows_);
    if (starts.size() <= missing) {
        feature.codes.assign(static_cast<std::size_t>(rows_), missing);
        set_codes(rows, starts, feature.codes);
    } else {
        feature.wide_codes.assign(static_cast<std::size_t>(rows_), wide_missing);
        set_codes(rows, starts, feature.wide_codes);
    }
}

}  // namespace assay::models
