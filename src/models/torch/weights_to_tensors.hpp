#pragma once

#include <ATen/core/Tensor.h>

#include <set>
#include <string>
#include <vector>

#include "assay/models/clip/encoder_config.hpp"
#include "assay/models/clip/weight_map.hpp"

namespace assay::models::detail {

/// Where an encoder's tensors are, how its weights are rounded and what it computes in.
struct Placement {
    at::Device device{at::kCPU};
    at::ScalarType stored = at::kFloat;  ///< weights are rounded to this once
    at::ScalarType computed =
        at::kFloat;  ///< fp32 also for bf16 and fp16 weights where the processor has no such units
    std::string device_name;
    std::string dtype_name;
};

/// @throws ValueError for a name that is none, or a device that is not there
Placement placement_of(const EncoderOptions& options);

/// Takes tensors out of a map by name and shape; finish() tells of those that nobody took.
class TensorLoader {
  public:
    TensorLoader(const WeightMap& weights, const Placement& placement) : weights_(weights), placement_(placement) {}

    bool has(const std::string& name) const { return weights_.contains(name); }
    /// @throws ValueError if it is missing, of another shape or not of a floating type
    at::Tensor take(const std::string& name, const std::vector<index>& shape);
    /// @throws ValueError naming the tensors that were not taken
    void finish() const;

  private:
    const WeightMap& weights_;
    const Placement& placement_;
    std::set<std::string, std::less<>> taken_;
};

}  // namespace assay::models::detail
