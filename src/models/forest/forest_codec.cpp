#include "assay/models/forest/forest_codec.hpp"

#include "assay/base/error.hpp"
#include "models/forest/forest_content.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace assay::models {
namespace {

// A number in groups of seven bits, the lowest first; the eighth bit says that more follow.
void put_number(std::string& out, std::uint64_t value) {
    for (; value >= 128; value >>= 7) out.push_back(static_cast<char>((value & 127) | 128));
    out.push_back(static_cast<char>(value));
}

template <class T>
void put_bytes(std::string& out, const T* values, std::size_t count) {
    out.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

/// Different values and the place of each.
template <class T>
class PlaceOf {
  public:
    void collect(const T& value) { places_.emplace(value, 0); }
    void number() {
        std::uint64_t next = 0;
        for (auto& [value, place] : places_) place = next++;
    }
    std::uint64_t of(const T& value) const { return places_.at(value); }
    const auto& all() const { return places_; }

  private:
    std::map<T, std::uint64_t> places_{};
};

std::uint64_t bits_of(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, 8);
    return bits;
}

std::vector<std::uint64_t> leaf_bits(const GrownTree& tree, std::size_t node) {
    const auto outputs = static_cast<std::size_t>(tree.outputs);
    std::vector<std::uint64_t> bits(outputs);
    std::memcpy(bits.data(), tree.value.data() + node * outputs, outputs * 8);
    return bits;
}

struct Tables {
    std::vector<PlaceOf<float>> thresholds;  ///< by feature
    PlaceOf<std::vector<std::uint64_t>> values;
    PlaceOf<std::uint64_t> weights;
};

Tables tables_of(const std::vector<GrownTree>& trees, index features) {
    Tables tables;
    tables.thresholds.resize(static_cast<std::size_t>(features));
    for (const GrownTree& tree : trees) {
        for (std::size_t i = 0; i < tree.feature.size(); ++i) {
            if (tree.feature[i] >= 0) {
                tables.thresholds[static_cast<std::size_t>(tree.feature[i])].collect(
                    static_cast<float>(tree.threshold[i]));
            } else {
                tables.values.collect(leaf_bits(tree, i));
                tables.weights.collect(bits_of(tree.weight[i]));
            }
        }
    }
    for (auto& thresholds : tables.thresholds) thresholds.number();
    tables.values.number();
    tables.weights.number();
    return tables;
}

// A tree of one leaf takes 4 bytes of a file and some 450 in memory, most of them for the arrays of a GrownTree. More
// trees than any forest has would let a file of 2 MB fill 200 MB.
constexpr std::size_t kMostTrees = 100'000, kLeastTreeBytes = 4;

void put_tree(std::string& out, const GrownTree& tree, const Tables& tables) {
    put_number(out, tree.feature.size());
    // A leaf is 0, a split 1 + 2 × feature + whether a missing value goes left. Nodes of grown() are in preorder.
    for (std::size_t i = 0; i < tree.feature.size(); ++i) {
        const std::int32_t feature = tree.feature[i];
        if (feature < 0) {
            put_number(out, 0);
            put_number(out, tables.values.of(leaf_bits(tree, i)));
            put_number(out, tables.weights.of(bits_of(tree.weight[i])));
            continue;
        }
        put_number(out, 1 + 2 * static_cast<std::uint64_t>(feature) + tree.missing_left[i]);
        put_number(out, tables.thresholds[static_cast<std::size_t>(feature)].of(static_cast<float>(tree.threshold[i])));
    }
}

/// Takes bytes apart; whatever is not there is an IoError.
class ForestReader {
  public:
    ForestReader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

    [[noreturn]] void refuse(const std::string& what) const {
        throw IoError("load model: expected a forest, got " + what + " in '" + name_ + "'; the file is damaged");
    }

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            if (at_ >= bytes_.size()) refuse("its beginning only");
            const auto byte = static_cast<unsigned char>(bytes_[at_++]);
            value |= static_cast<std::uint64_t>(byte & 127) << shift;
            if (byte < 128) return value;
        }
        refuse("a number without an end");
    }

    /// A number from 0 to below `limit`.
    std::uint64_t number_below(std::uint64_t limit, const char* what) {
        const std::uint64_t value = number();
        if (value >= limit) refuse(std::string("an impossible ") + what);
        return value;
    }

    /// A count of things of which each takes at least `bytes` of the file: never more things than the file could hold.
    std::size_t count_of(std::size_t bytes, const char* what) {
        return static_cast<std::size_t>(number_below((bytes_.size() - at_) / bytes + 1, what));
    }

    template <class T>
    std::vector<T> values(std::size_t count) {
        if (count > (bytes_.size() - at_) / sizeof(T)) refuse("its beginning only");
        std::vector<T> out(count);
        if (count > 0) std::memcpy(out.data(), bytes_.data() + at_, count * sizeof(T));
        at_ += count * sizeof(T);
        return out;
    }

    bool at_end() const { return at_ == bytes_.size(); }

  private:
    std::string_view bytes_;
    const std::string& name_;
    std::size_t at_ = 0;
};

struct ReadTables {
    forest::LeafTable leaves{};
    std::vector<std::vector<float>> thresholds{};
    std::vector<double> weights{};
};

/// Inner nodes whose children are to come.
void link_child(GrownTree& tree, std::vector<std::int32_t>& open, ForestReader& reader) {
    if (tree.feature.empty()) return;
    if (open.empty()) reader.refuse("a tree with nodes behind its end");
    const auto parent = static_cast<std::size_t>(open.back());
    const auto node = static_cast<std::int32_t>(tree.feature.size());
    if (tree.left[parent] < 0) {
        tree.left[parent] = node;
        return;
    }
    tree.right[parent] = node;
    open.pop_back();
}

GrownTree read_tree(ForestReader& reader, const ReadTables& tables) {
    const std::size_t nodes = reader.count_of(2, "number of nodes");
    if (nodes == 0 || nodes > 0x7FFFFFFF) reader.refuse("a tree of impossible size");
    const auto outputs = static_cast<std::size_t>(tables.leaves.outputs);
    GrownTree tree;
    tree.value.assign(nodes, 0.0);
    for (auto* array : {&tree.feature, &tree.left, &tree.right}) array->reserve(nodes);
    for (auto* array : {&tree.threshold, &tree.weight}) array->reserve(nodes);
    tree.missing_left.reserve(nodes);
    std::vector<std::int32_t> open;
    for (std::size_t i = 0; i < nodes; ++i) {
        link_child(tree, open, reader);
        const std::uint64_t tag = reader.number_below(1 + 2 * tables.thresholds.size(), "feature");
        tree.left.push_back(-1);
        tree.right.push_back(-1);
        if (tag == 0) {
            tree.value[i] =
                static_cast<double>(reader.number_below(tables.leaves.values.size() / outputs, "leaf value"));
            tree.weight.push_back(tables.weights[reader.number_below(tables.weights.size(), "leaf weight")]);
            tree.feature.push_back(-1);
            tree.threshold.push_back(0);
            tree.missing_left.push_back(0);
            continue;
        }
        const auto feature = static_cast<std::size_t>((tag - 1) / 2);
        const auto& thresholds = tables.thresholds[feature];
        tree.threshold.push_back(static_cast<double>(thresholds[reader.number_below(thresholds.size(), "threshold")]));
        tree.feature.push_back(static_cast<std::int32_t>(feature));
        tree.missing_left.push_back(static_cast<std::uint8_t>((tag - 1) % 2));
        tree.weight.push_back(0);
        open.push_back(static_cast<std::int32_t>(i));
    }
    if (!open.empty()) reader.refuse("a tree without all of its leaves");
    return tree;
}

}  // namespace

std::string encode_forest(const CompactForest& forest) {
    const std::vector<GrownTree> trees = forest.grown();
    if (trees.size() > kMostTrees) {
        throw ValueError("save: expected a forest of at most " + std::to_string(kMostTrees) + " trees, got " +
                         std::to_string(trees.size()));
    }
    const Tables tables = tables_of(trees, forest.features());
    std::string out;
    put_number(out, static_cast<std::uint64_t>(forest.features()));
    put_number(out, static_cast<std::uint64_t>(forest.outputs()));
    put_number(out, trees.size());
    for (const auto& thresholds : tables.thresholds) {
        put_number(out, thresholds.all().size());
        for (const auto& [value, place] : thresholds.all()) put_bytes(out, &value, 1);
    }
    put_number(out, tables.values.all().size());
    for (const auto& [value, place] : tables.values.all()) put_bytes(out, value.data(), value.size());
    put_number(out, tables.weights.all().size());
    for (const auto& [weight, place] : tables.weights.all()) put_bytes(out, &weight, 1);
    for (const GrownTree& tree : trees) put_tree(out, tree, tables);
    return out;
}

CompactForest decode_forest(std::string_view bytes, const std::string& name) {
    ForestReader reader(bytes, name);
    ReadTables tables;
    const std::size_t features = reader.count_of(1, "number of features");
    tables.leaves.outputs = static_cast<index>(reader.count_of(1, "number of outputs"));
    const std::size_t count = reader.count_of(kLeastTreeBytes, "number of trees");
    if (features == 0 || tables.leaves.outputs == 0 || count == 0)
        reader.refuse("one without trees, features or outputs");
    if (count > kMostTrees) reader.refuse("one of more than " + std::to_string(kMostTrees) + " trees");
    for (std::size_t f = 0; f < features; ++f) {
        tables.thresholds.push_back(reader.values<float>(reader.count_of(4, "number of thresholds")));
    }
    const auto outputs = static_cast<std::size_t>(tables.leaves.outputs);
    tables.leaves.values = reader.values<double>(reader.count_of(8 * outputs, "number of values") * outputs);
    tables.weights = reader.values<double>(reader.count_of(8, "number of weights"));
    std::vector<GrownTree> trees;
    trees.reserve(count);
    for (std::size_t t = 0; t < count; ++t) trees.push_back(read_tree(reader, tables));
    if (!reader.at_end()) reader.refuse("more bytes than it takes");
    try {
        return CompactForest(forest::lay_out(trees, static_cast<index>(features), std::move(tables.leaves)));
    } catch (const ValueError& error) {
        reader.refuse(std::string("one that cannot run (") + error.what() + ")");
    }
}

}  // namespace assay::models
