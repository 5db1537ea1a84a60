#pragma once

#include "assay/base/export.hpp"
#include "assay/models/weights/weight_view.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::models {

namespace detail {
struct WeightContents;
}

/// The tensors of a .safetensors file or of a PyTorch .bin, told apart by content; no code of a file is ever run.
///
/// The file is mapped, not read: opening costs its header, and pages are read where they are touched. Copies share one
/// mapping, and a view lives as long as any of them. The tensors stand in the order of the file.
class ASSAY_EXPORT WeightFile {
  public:
    /// @throws IoError if the file cannot be read, is neither format, or breaks a rule of its format; the text says
    ///         what was expected, what came, and at which tensor or byte.
    static WeightFile open(const std::filesystem::path& path);

    /// A file that is in memory already; `name` stands for its path in messages.
    /// @throws IoError as open().
    static WeightFile from_bytes(std::string bytes, const std::string& name);

    const std::vector<WeightView>& tensors() const noexcept;

    /// The tensor of this name; null where there is none.   Cost: O(log n).
    const WeightView* find(std::string_view name) const noexcept;

    /// `__metadata__` of a safetensors file; empty where there is none.
    const std::map<std::string, std::string>& metadata() const noexcept;

    /// What keeps the bytes alive, for an owner of another kind.
    std::shared_ptr<const void> owner() const noexcept;

  private:
    explicit WeightFile(std::shared_ptr<const detail::WeightContents> contents);

    std::shared_ptr<const detail::WeightContents> contents_;
};

}  // namespace assay::models
