#include "models/torch/weights_to_tensors.hpp"

#include <ATen/DeviceAccelerator.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <cstring>

#include "assay/base/error.hpp"

namespace assay::models::detail {
namespace {

/// Whether the processor multiplies bf16 itself; without, libtorch's bf16 is five times slower than its fp32.
bool multiplies_bf16() {
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

bool is_cuda(const std::string& name) {
    return name == "cuda" || (name.starts_with("cuda:") && name.size() <= 8 && name.size() > 5 &&
                              name.find_first_not_of("0123456789", 5) == std::string::npos);
}

index cuda_devices() {
    const auto accelerator = at::accelerator::getAccelerator(false);
    return accelerator == at::kCUDA ? at::accelerator::deviceCount() : 0;
}

at::Device device_of(const std::string& name) {
    if (name == "cpu") return at::Device(at::kCPU);
    const index count = cuda_devices();
    if (name == "auto") return count > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
    if (!is_cuda(name)) throw ValueError("device: expected auto, cpu, cuda or cuda:<number>, got '" + name + "'");
    if (count == 0) {
        throw ValueError("device: '" + name +
                         "' was asked for, but this libtorch finds no CUDA device; use device=\"cpu\", or install "
                         "the CUDA build of the same torch and its driver");
    }
    const index number = name == "cuda" ? 0 : std::stoll(name.substr(5));
    if (number >= count) {
        throw ValueError("device: '" + name + "' was asked for, there are " + std::to_string(count) + " CUDA devices");
    }
    return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(number));
}

at::ScalarType scalar_type(WeightType type, const std::string& name) {
    switch (type) {
        case WeightType::float64:
            return at::kDouble;
        case WeightType::float32:
            return at::kFloat;
        case WeightType::float16:
            return at::kHalf;
        case WeightType::bfloat16:
            return at::kBFloat16;
        default:
            throw ValueError("weights: expected '" + name + "' of a floating type, got " + std::string(name_of(type)));
    }
}

}  // namespace

Placement placement_of(const EncoderOptions& options) {
    Placement placement;
    placement.device = device_of(options.device);
    placement.device_name = placement.device.str();
    const bool cpu = placement.device.is_cpu();
    placement.dtype_name = options.dtype != "auto" ? options.dtype : cpu ? "fp32" : "bf16";
    if (placement.dtype_name == "bf16") {
        placement.stored = at::kBFloat16;
        placement.computed = cpu && !multiplies_bf16() ? at::kFloat : at::kBFloat16;
    } else if (placement.dtype_name == "fp16") {
        placement.stored = at::kHalf;
        placement.computed = cpu ? at::kFloat : at::kHalf;
    } else if (placement.dtype_name != "fp32") {
        throw ValueError("dtype: expected auto, fp32, bf16 or fp16, got '" + options.dtype + "'");
    }
    return placement;
}

at::Tensor TensorLoader::take(const std::string& name, const std::vector<index>& shape) {
    const auto found = weights_.find(name);
    if (found == weights_.end()) throw ValueError("weights: expected a tensor '" + name + "', there is none");
    const WeightView& view = found->second;
    if (view.shape != shape) {
        throw ValueError("weights: expected '" + name + "' of shape " + shape_text(shape) + ", got " +
                         shape_text(view.shape));
    }
    const c10::InferenceMode guard;
    const at::Tensor tensor = at::empty(std::vector<int64_t>(shape.begin(), shape.end()), scalar_type(view.type, name));
    if (tensor.nbytes() != view.bytes.size()) {
        throw ValueError("weights: expected " + std::to_string(tensor.nbytes()) + " bytes of '" + name + "', got " +
                         std::to_string(view.bytes.size()));
    }
    std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
    taken_.insert(name);
    return tensor.to(placement_.stored).to(placement_.device, placement_.computed);
}

void TensorLoader::finish() const {
    std::string text;
    index count = 0;
    for (const auto& [name, view] : weights_) {
        if (taken_.contains(name)) continue;
        if (++count <= 5) text += (count > 1 ? ", '" : "'") + name + "'";
    }
    if (count == 0) return;
    throw ValueError("weights: " + std::to_string(count) + " tensors belong to no part of this model: " + text +
                     (count > 5 ? ", …" : ""));
}

}  // namespace assay::models::detail
