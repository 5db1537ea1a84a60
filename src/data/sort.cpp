#include <algorithm>
#include <bit>
#include <cmath>
#include <compare>
#include <numeric>
#include <utility>

#include "assay/data/select.hpp"

namespace assay::data {
namespace {

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

std::uint64_t ordered(std::int64_t value) { return static_cast<std::uint64_t>(value) ^ kSign; }

/// Numbers in order, -0 with 0, NaN after all of them.
std::uint64_t ordered(double value) {
    if (std::isnan(value)) return ~std::uint64_t{0};
    const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

/// What sorting needs of one column: for fixed widths a number whose unsigned order is the order of the values.
class SortKey {
  public:
    SortKey(const Array& column, bool descending) : column_(column), descending_(descending) {
        switch (column.type()) {
            case Type::Bool:
                fill([&](index i) { return std::uint64_t{column.flag(i)}; });
                break;
            case Type::Int32:
            case Type::Date32:
                fill([from = words<std::int32_t>()](index i) { return ordered(std::int64_t{from[i]}); });
                break;
            case Type::Int64:
            case Type::Timestamp:
                fill([from = words<std::int64_t>()](index i) { return ordered(from[i]); });
                break;
            case Type::Float32:
                fill([from = words<float>()](index i) { return ordered(static_cast<double>(from[i])); });
                break;
            case Type::Float64:
                fill([from = words<double>()](index i) { return ordered(from[i]); });
                break;
            case Type::Utf8:
            case Type::Binary:
                break;
        }
    }

    std::strong_ordering compare(index a, index b) const {
        if (column_.null_count() > 0) {
            const bool null_a = column_.is_null(a);
            const bool null_b = column_.is_null(b);
            if (null_a || null_b) return null_a <=> null_b;
        }
        if (!is_variable_width(column_.type())) {
            return keys_[static_cast<std::size_t>(a)] <=> keys_[static_cast<std::size_t>(b)];
        }
        const std::strong_ordering order = column_.text(a) <=> column_.text(b);
        return descending_ ? 0 <=> order : order;
    }

    /// The keys where they alone decide: no nulls, fixed width.
    const std::vector<std::uint64_t>* sole() const {
        return column_.null_count() == 0 && !is_variable_width(column_.type()) ? &keys_ : nullptr;
    }

  private:
    template <class T>
    const T* words() const {
        return column_.buffers().values.as<T>() + column_.offset();
    }
    template <class KeyOf>
    void fill(KeyOf key_of) {
        keys_.resize(static_cast<std::size_t>(column_.size()));
        for (index i = 0; i < column_.size(); ++i) {
            const std::uint64_t key = key_of(i);
            keys_[static_cast<std::size_t>(i)] = descending_ ? ~key : key;
        }
    }

    Array column_;
    bool descending_;
    std::vector<std::uint64_t> keys_;
};

}  // namespace

std::vector<index> sort_order(const Table& table, std::span<const std::string> by, bool descending) {
    std::vector<SortKey> keys;
    for (const std::string& name : by) keys.emplace_back(table.column(name), descending);
    std::vector<index> order(static_cast<std::size_t>(table.num_rows()));
    std::iota(order.begin(), order.end(), index{0});
    if (keys.empty()) return order;

    if (keys.size() == 1 && keys.front().sole() != nullptr) {
        // Key and row side by side: the comparisons stay within one stream of memory.
        const std::vector<std::uint64_t>& sole = *keys.front().sole();
        std::vector<std::pair<std::uint64_t, index>> pairs(sole.size());
        for (std::size_t i = 0; i < sole.size(); ++i) pairs[i] = {sole[i], static_cast<index>(i)};
        std::sort(pairs.begin(), pairs.end());
        for (std::size_t i = 0; i < pairs.size(); ++i) order[i] = pairs[i].second;
        return order;
    }
    std::stable_sort(order.begin(), order.end(), [&](index a, index b) {
        for (const SortKey& key : keys) {
            const std::strong_ordering result = key.compare(a, b);
            if (result != 0) return result < 0;
        }
        return false;
    });
    return order;
}

}  // namespace assay::data
