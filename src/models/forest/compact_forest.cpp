#include "assay/models/forest/compact_forest.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "models/forest/forest_content.hpp"
#include "models/forest/part_rows.hpp"
#include "models/forest/run_forest.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace assay::models {
namespace {

using Content = CompactForest::Content;
using forest::kLanes;

constexpr index kBlockRows = 256;  ///< rows that a tree meets together: their keys stay in the cache
constexpr index kSingleRows = 3;   ///< fewer rows are walked one by one

/// Memory on the stack for small sizes.
template <class T, std::size_t size>
class Scratch {
  public:
    explicit Scratch(std::size_t count) {
        if (count > size) heap_.resize(count);
    }
    T* data() noexcept { return heap_.empty() ? stack_.data() : heap_.data(); }

  private:
    std::array<T, size> stack_;
    std::vector<T> heap_{};
};

/// Writes the keys of a row at every eighth place; true where a value is missing.
bool write_keys(const float* row, index features, std::uint32_t* keys) noexcept {
    bool missing = false;
    for (index f = 0; f < features; ++f) {
        const std::uint32_t key = forest::key_of(row[f]);
        keys[f * kLanes] = key;
        missing |= key == forest::kMissingKey;
    }
    return missing;
}

inline void add_value(const double* values, std::uint32_t number, index outputs, double* sum) noexcept {
    const double* value = values + static_cast<index>(number) * outputs;
    if (outputs == 2) {
        sum[0] += value[0];
        sum[1] += value[1];
        return;
    }
    for (index k = 0; k < outputs; ++k) sum[k] += value[k];
}

template <class N>
void sum_row(const Content& content, const N* nodes, const float* row, double* sum) {
    Scratch<std::uint32_t, 64 * kLanes> keys(static_cast<std::size_t>(content.features * kLanes));
    Scratch<std::uint32_t, 256> leaves(content.roots.size());
    const bool missing = write_keys(row, content.features, keys.data());
    forest::leaves_of_row(content, nodes, keys.data(), missing, leaves.data());
    std::fill(sum, sum + content.outputs, 0.0);
    for (std::size_t t = 0; t < content.roots.size(); ++t) {
        add_value(content.values.data(), nodes[leaves.data()[t]].leaf_value(), content.outputs, sum);
    }
}

template <class N>
void sum_block(const Content& content, const N* nodes, const float* rows, index count, double* sums) {
    const index groups = (count + kLanes - 1) / kLanes, outputs = content.outputs;
    const index stride = content.features * kLanes;
    std::vector<std::uint32_t> keys(static_cast<std::size_t>(groups * stride));
    std::array<bool, kBlockRows / kLanes> missing{};
    for (index r = 0; r < count; ++r) {
        const bool found =
            write_keys(rows + r * content.features, content.features, keys.data() + r / kLanes * stride + r % kLanes);
        missing[static_cast<std::size_t>(r / kLanes)] |= found;
    }
    std::fill(sums, sums + count * outputs, 0.0);
    std::array<std::uint32_t, kLanes> at{};
    for (const std::uint32_t root : content.roots) {
        for (index g = 0; g < groups; ++g) {
            forest::leaves_of_eight(content, nodes, root, keys.data() + g * stride,
                                    missing[static_cast<std::size_t>(g)], at);
            const index rows_here = std::min(kLanes, count - g * kLanes);
            for (index k = 0; k < rows_here; ++k) {
                add_value(content.values.data(), nodes[at[static_cast<std::size_t>(k)]].leaf_value(), outputs,
                          sums + (g * kLanes + k) * outputs);
            }
        }
    }
}

template <class N>
void sum_parted(const Content& content, const N* nodes, const float* rows, index count, double* sums) {
    const index outputs = content.outputs;
    std::fill(sums, sums + count * outputs, 0.0);
    forest::part_rows(content, rows, count,
                      [&](std::size_t, const std::uint16_t* arrived, const std::uint32_t* leaves) {
                          const double* values = content.values.data();
                          if (outputs == 1) {
                              for (index i = 0; i < count; ++i)
                                  sums[arrived[i]] += values[nodes[leaves[i]].leaf_value()];
                              return;
                          }
                          for (index i = 0; i < count; ++i) {
                              add_value(values, nodes[leaves[i]].leaf_value(), outputs, sums + arrived[i] * outputs);
                          }
                      });
}

index rows_of(const Content& content, std::size_t length, const char* where) {
    const auto count = static_cast<index>(length);
    if (count % content.features == 0) return count / content.features;
    throw ShapeError(std::string(where) + ": expected rows of " + std::to_string(content.features) + " features, got " +
                     std::to_string(count) + " numbers");
}

}  // namespace

CompactForest::CompactForest(std::span<const GrownTree> trees, index features)
    : content_(forest::lay_out(trees, features)) {}
CompactForest::CompactForest(std::shared_ptr<const Content> content) noexcept : content_(std::move(content)) {}

index CompactForest::features() const noexcept { return content_->features; }
index CompactForest::outputs() const noexcept { return content_->outputs; }
index CompactForest::trees() const noexcept { return std::ssize(content_->roots); }
index CompactForest::nodes() const noexcept { return content_->node_count; }
index CompactForest::depth() const noexcept { return content_->depth; }

index CompactForest::bytes() const noexcept {
    const Content& c = *content_;
    const std::size_t bytes = c.nodes.size() * sizeof(forest::Node) + c.wide.size() * sizeof(forest::WideNode) +
                              c.values.size() * 8 + c.missing_left.size() * 8 + c.roots.size() * 4;
    return static_cast<index>(bytes);
}

void CompactForest::predict_sum(std::span<const float> rows, std::span<double> out) const {
    const Content& content = *content_;
    const index count = rows_of(content, rows.size(), "predict");
    if (std::ssize(out) != count * content.outputs) {
        throw ShapeError("predict: expected " + std::to_string(count * content.outputs) + " places for results, got " +
                         std::to_string(out.size()));
    }
    content.with_nodes([&]<class N>(const N* nodes) {
        if (count <= kSingleRows) {
            for (index r = 0; r < count; ++r) {
                sum_row(content, nodes, rows.data() + r * content.features, out.data() + r * content.outputs);
            }
            return;
        }
        const index parted = forest::rows_to_part(content, count);
        parallel_for(count, parted > 0 ? parted : kBlockRows, [&](index begin, index end) {
            const auto sum = parted > 0 ? &sum_parted<N> : &sum_block<N>;
            sum(content, nodes, rows.data() + begin * content.features, end - begin,
                out.data() + begin * content.outputs);
        });
    });
}

void CompactForest::predict(std::span<const float> rows, std::span<double> out) const {
    predict_sum(rows, out);
    const auto count = static_cast<double>(trees());
    for (double& value : out) value /= count;
}

std::vector<double> CompactForest::predict(std::span<const float> rows) const {
    const index count = rows_of(*content_, rows.size(), "predict");
    std::vector<double> out(static_cast<std::size_t>(count * content_->outputs));
    predict(rows, out);
    return out;
}

}  // namespace assay::models
