#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

#include "assay/base/error.hpp"
#include "models/weights/pickle_reader.hpp"
#include "models/weights/weight_contents.hpp"
#include "models/weights/zip_directory.hpp"

namespace assay::models::detail {
namespace {

using ZipEntries = std::map<std::string, std::span<const std::byte>, std::less<>>;

std::string_view entry_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The folder of the archive, which PyTorch names after the file: "archive/" of "archive/data.pkl".
std::string archive_folder(const ZipEntries& entries, const std::string& where) {
    constexpr std::string_view kPickle = "data.pkl";
    std::string folder;
    int found = 0;
    for (const auto& [name, content] : entries) {
        if (name != kPickle && !name.ends_with("/data.pkl")) continue;
        folder = name.substr(0, name.size() - kPickle.size());
        ++found;
    }
    if (found != 1) {
        throw IoError(where + ": expected a zip archive of PyTorch with one data.pkl, got " + std::to_string(found) +
                      " of them");
    }
    const auto order = entries.find(folder + "byteorder");
    if (order != entries.end() && entry_text(order->second) != "little") {
        throw IoError(where + ": expected little-endian tensors, got byte order " + shown(entry_text(order->second)));
    }
    return folder;
}

struct StridedTensor {
    std::string_view name;
    WeightType type;
    std::vector<index> shape, strides;  ///< strides in elements
    index offset;                       ///< in elements
    index count;
    std::span<const std::byte> storage;
};

/// Whether the elements stand one behind the other; a dimension of one step has any stride.
bool is_contiguous(const StridedTensor& tensor) {
    index expected = 1;
    for (std::size_t i = tensor.shape.size(); i-- > 0;) {
        if (tensor.shape[i] == 1) continue;
        if (tensor.strides[i] != expected) return false;
        expected *= tensor.shape[i];
    }
    return true;
}

/// Copies the elements in row-major order.
void copy_elements(const StridedTensor& tensor, std::byte* out) {
    const auto size = static_cast<std::size_t>(size_of(tensor.type));
    std::vector<index> at(tensor.shape.size(), 0);
    index element = tensor.offset;
    for (index i = 0; i < tensor.count; ++i, out += size) {
        std::memcpy(out, tensor.storage.data() + static_cast<std::size_t>(element) * size, size);
        for (std::size_t d = at.size(); d-- > 0;) {
            element += tensor.strides[d];
            if (++at[d] < tensor.shape[d]) break;
            element -= tensor.strides[d] * tensor.shape[d];
            at[d] = 0;
        }
    }
}

/// Turns what a pickle says of tensors into views of the archive's entries.
class TorchReader {
  public:
    TorchReader(const ZipEntries& entries, std::string folder, const Pickle& pickle, const std::string& where,
                WeightContents& out)
        : entries_(entries), folder_(std::move(folder)), pickle_(pickle), where_(where), out_(out) {}

    /// Reads a state dict, or the one under "state_dict" of a training checkpoint.
    void read() {
        const Pickle::Value& root = pickle_[pickle_.root];
        if (root.kind != Pickle::Kind::dict) throw IoError(where_ + ": expected a state dict, got another value");
        for (std::size_t i = 0; i < root.items.size(); i += 2) {
            const Pickle::Value& value = pickle_[root.items[i + 1]];
            const bool wanted = pickle_[root.items[i]].text == "state_dict" && value.kind == Pickle::Kind::dict;
            if (wanted) return read_state(value);
        }
        read_state(root);
    }

  private:
    void read_state(const Pickle::Value& state) {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < state.items.size(); i += 2) {
            const Pickle::Value& key = pickle_[state.items[i]];
            const Pickle::Value& value = pickle_[state.items[i + 1]];
            if (key.kind != Pickle::Kind::text) throw IoError(where_ + ": expected names as keys, got another value");
            if (value.kind != Pickle::Kind::tensor) {
                throw IoError(where_ + ": expected a tensor at " + shown(key.text) +
                              ", got another value; save the state dict alone");
            }
            if (!names.insert(key.text).second) {
                throw IoError(where_ + ": expected every tensor once, got " + shown(key.text) + " twice");
            }
            add(tensor_of(key.text, value));
        }
    }

    [[noreturn]] void fail(std::string_view tensor, const std::string& text) const {
        throw IoError(where_ + ": tensor " + shown(tensor) + ": " + text);
    }

    StridedTensor tensor_of(std::string_view name, const Pickle::Value& value) {
        const Pickle::Value& storage = pickle_[value.items[0]];
        StridedTensor out{};
        out.name = name;
        out.type = static_cast<WeightType>(pickle_[storage.items[0]].integer);
        out.offset = pickle_[value.items[1]].integer;
        out.shape = integers(name, pickle_[value.items[2]]);
        out.strides = integers(name, pickle_[value.items[3]]);
        out.storage = storage_of(name, storage, out.type);
        require_inside(out);
        return out;
    }

    std::vector<index> integers(std::string_view name, const Pickle::Value& tuple) const {
        if (tuple.items.size() > kMostDimensions) {
            fail(name, "expected at most 64 dimensions, got " + std::to_string(tuple.items.size()));
        }
        std::vector<index> out;
        for (const std::uint32_t id : tuple.items) {
            if (pickle_[id].kind != Pickle::Kind::integer) fail(name, "expected whole numbers as shape and strides");
            out.push_back(pickle_[id].integer);
        }
        return out;
    }

    std::span<const std::byte> storage_of(std::string_view name, const Pickle::Value& storage, WeightType type) const {
        const std::string_view key = pickle_[storage.items[1]].text;
        const auto entry = entries_.find(folder_ + "data/" + std::string(key));
        if (entry == entries_.end()) fail(name, "expected its data at " + shown(key) + ", which is not in the archive");
        index bytes = 0;
        const index elements = pickle_[storage.items[2]].integer;
        if (elements < 0 || __builtin_mul_overflow(elements, size_of(type), &bytes) ||
            static_cast<std::size_t>(bytes) != entry->second.size()) {
            fail(name, "expected a storage of " + std::to_string(elements) + " elements of " +
                           std::string(name_of(type)) + ", got " + std::to_string(entry->second.size()) + " bytes");
        }
        return entry->second;
    }

    /// Checks that every element lies in the storage and that no more are asked for than it has.
    void require_inside(StridedTensor& tensor) const {
        const std::optional<index> count = element_count(tensor.shape);
        const bool fits = count && tensor.shape.size() == tensor.strides.size() && tensor.offset >= 0 &&
                          std::all_of(tensor.strides.begin(), tensor.strides.end(), [](index s) { return s >= 0; });
        if (!fits) {
            fail(tensor.name, "expected a shape of fewer than 2^63 elements with a stride for each dimension, got " +
                                  shape_text(tensor.shape) + " with strides " + shape_text(tensor.strides));
        }
        tensor.count = *count;
        const auto stored = static_cast<index>(tensor.storage.size()) / size_of(tensor.type);
        index last = tensor.offset;
        bool overflow = false;
        for (std::size_t i = 0; i < tensor.shape.size() && tensor.count > 0; ++i) {
            index reach = 0;
            overflow = overflow || __builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach) ||
                       __builtin_add_overflow(last, reach, &last);
        }
        for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
            if (tensor.shape[i] == 1) tensor.strides[i] = 0;  // never stepped along, whatever the file says
        }
        if (tensor.count > 0 && (overflow || last >= stored || tensor.count > stored)) {
            fail(tensor.name, "expected " + shape_text(tensor.shape) + " at offset " + std::to_string(tensor.offset) +
                                  " within its storage of " + std::to_string(stored) + " elements");
        }
    }

    void add(StridedTensor tensor) {
        const auto size = static_cast<std::size_t>(size_of(tensor.type));
        const std::size_t bytes = static_cast<std::size_t>(tensor.count) * size;
        std::span<const std::byte> content;
        if (bytes > 0 && is_contiguous(tensor)) {
            content = tensor.storage.subspan(static_cast<std::size_t>(tensor.offset) * size, bytes);
        } else if (bytes > 0) {
            content = copy(tensor, bytes);
        }
        out_.tensors.push_back({std::string(tensor.name), tensor.type, std::move(tensor.shape), content});
    }

    std::span<const std::byte> copy(const StridedTensor& tensor, std::size_t bytes) {
        // Many views of one storage would take any amount of memory.
        copied_ += bytes;
        if (copied_ > std::max(out_.file.bytes().size(), out_.memory.size())) {
            fail(tensor.name, "expected tensors that are stored contiguously, got more views than the file has bytes");
        }
        out_.copies.push_back(std::make_unique<std::byte[]>(bytes));
        copy_elements(tensor, out_.copies.back().get());
        return {out_.copies.back().get(), bytes};
    }

    const ZipEntries& entries_;
    std::string folder_;
    const Pickle& pickle_;
    const std::string& where_;
    WeightContents& out_;
    std::size_t copied_ = 0;
};

}  // namespace

void read_torch_archive(std::span<const std::byte> bytes, const std::string& where, WeightContents& out) {
    const ZipEntries entries = read_zip_directory(bytes, where);
    std::string folder = archive_folder(entries, where);
    const Pickle pickle = read_pickle(entry_text(entries.find(folder + "data.pkl")->second), where);
    TorchReader(entries, std::move(folder), pickle, where, out).read();
}

}  // namespace assay::models::detail
