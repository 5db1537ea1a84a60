#pragma once

#include "assay/base/mapped_file.hpp"
#include "assay/models/weights/weight_view.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::models::detail {

/// PyTorch's and NumPy's limit. Without one, many tensors could share one shape of a million numbers, each with its
/// copy.
constexpr std::size_t kMostDimensions = 64;

/// Everything a WeightFile shares among its copies.
struct WeightContents {
    MappedFile file;
    std::string memory;                                ///< the bytes, where they came from no file
    std::vector<std::unique_ptr<std::byte[]>> copies;  ///< tensors that were not stored contiguously
    std::vector<WeightView> tensors;
    std::vector<std::size_t> by_name;  ///< positions in `tensors`, sorted by name
    std::map<std::string, std::string> metadata;
};

/// A name out of a file as it may stand in a message: shortened, and without control characters.
std::string shown(std::string_view name);

/// Elements of a shape, 1 for a scalar; nothing where a dimension is negative or the product passes 2^63 - 1.
std::optional<index> element_count(std::span<const index> shape) noexcept;

/// Reads the header of a safetensors file into `out.tensors` and `out.metadata`.
/// @throws IoError naming the rule that is broken.   Source: the format's description in huggingface/safetensors.
void read_safetensors(std::span<const std::byte> bytes, const std::string& where, WeightContents& out);

/// Reads PyTorch's zip archive of a state dict: views of its entries, copies of what is not stored contiguously.
/// @throws IoError naming what is damaged or refused.
void read_torch_archive(std::span<const std::byte> bytes, const std::string& where, WeightContents& out);

}  // namespace assay::models::detail
