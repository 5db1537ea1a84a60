#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/models/weights/safetensors.hpp"
#include "models/weights/safetensors_types.hpp"
#include "models/weights/weight_contents.hpp"

namespace assay::models {
namespace {

/// Where tensors of a type stand in the file: wide ones first, and among equals the order of Hugging Face's writer.
int safetensors_rank(WeightType type) {
    // float64 to boolean, in the order of WeightType
    constexpr std::array<int, 10> kRanks{1, 2, 5, 4, 0, 3, 6, 7, 8, 9};
    return kRanks[static_cast<std::size_t>(type)];
}

std::vector<const WeightView*> in_file_order(std::span<const WeightView> tensors) {
    std::vector<const WeightView*> out;
    std::set<std::string_view> names;
    for (const WeightView& tensor : tensors) {
        const std::string where = "write_safetensors: tensor " + detail::shown(tensor.name) + ": ";
        if (tensor.name == "__metadata__") throw ValueError(where + "expected another name, this one is the format's");
        if (!names.insert(tensor.name).second) throw ValueError(where + "expected every name once, got it twice");
        const std::optional<index> count = detail::element_count(tensor.shape);
        index bytes = 0;
        if (!count || __builtin_mul_overflow(*count, size_of(tensor.type), &bytes) ||
            static_cast<std::size_t>(bytes) != tensor.bytes.size()) {
            throw ShapeError(where + "expected the bytes of " + shape_text(tensor.shape) + " of " +
                             std::string(name_of(tensor.type)) + ", got " + std::to_string(tensor.bytes.size()));
        }
        out.push_back(&tensor);
    }
    std::sort(out.begin(), out.end(), [](const WeightView* a, const WeightView* b) {
        const int rank_a = safetensors_rank(a->type);
        const int rank_b = safetensors_rank(b->type);
        return rank_a != rank_b ? rank_a < rank_b : a->name < b->name;
    });
    return out;
}

std::string safetensors_header(const std::vector<const WeightView*>& tensors,
                               const std::map<std::string, std::string>& metadata) {
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::size_t at = 0;
    for (const WeightView* tensor : tensors) {
        nlohmann::ordered_json& entry = header[tensor->name];
        entry["dtype"] = detail::kSafetensorsTypes[static_cast<std::size_t>(tensor->type)];
        entry["shape"] = tensor->shape;
        entry["data_offsets"] = {at, at + tensor->bytes.size()};
        at += tensor->bytes.size();
    }
    try {
        return header.dump();
    } catch (const nlohmann::json::exception&) {
        throw ValueError("write_safetensors: expected names and metadata in UTF-8, got other bytes");
    }
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const WeightView> tensors,
                       const std::map<std::string, std::string>& metadata) {
    const std::vector<const WeightView*> order = in_file_order(tensors);
    std::string header = safetensors_header(order, metadata);
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const std::uint64_t size = header.size();
    std::vector<std::string_view> pieces{{reinterpret_cast<const char*>(&size), sizeof size}, header};
    for (const WeightView* tensor : order) {
        pieces.emplace_back(reinterpret_cast<const char*>(tensor->bytes.data()), tensor->bytes.size());
    }
    write_file_atomic(path, pieces);
}

}  // namespace assay::models
