#include "assay/models/clip/vision_encoder.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>

#include "assay/base/error.hpp"
#include "models/torch/transformer.hpp"

namespace assay::models {

struct VisionEncoder::State {
    VisionConfig config;
    detail::Placement placement;
    at::Tensor class_token, positions;  ///< [1, 1, width], [1, 1 + patches, width]
    detail::Linear patch, projection;   ///< a convolution whose step is its size is a matrix product
    detail::Norm input_norm, norm;
    std::vector<detail::Block> blocks;

    State(const VisionConfig& wanted, const WeightMap& weights, const EncoderOptions& options)
        : config(wanted), placement(detail::placement_of(options)) {
        const c10::InferenceMode guard;
        detail::TensorLoader loader(weights, placement);
        const index width = config.transformer.width, p = config.patch_size;
        const double epsilon = config.transformer.epsilon;
        class_token = loader.take("class_token", {width}).view({1, 1, width});
        positions = loader.take("positions", {config.patches() + 1, width}).unsqueeze(0);
        patch.weight = loader.take("patch.weight", {width, 3, p, p}).view({width, 3 * p * p});
        if (config.patch_bias) patch.bias = loader.take("patch.bias", {width});
        patch.pack();
        if (config.input_norm) input_norm = detail::take_norm(loader, "input_norm", width, epsilon);
        blocks = detail::take_blocks(loader, config.transformer);
        norm = detail::take_norm(loader, "norm", width, epsilon);
        if (config.embedding_dim > 0) {
            projection = detail::take_linear(loader, "projection", width, config.embedding_dim, false);
        }
        loader.finish();
    }

    /// [n, 3, size, size] in fp32 on the host to [n, dim].
    at::Tensor forward(const at::Tensor& pixels) const {
        const int64_t n = pixels.size(0), p = config.patch_size, side = config.image_size / p;
        const int64_t width = config.transformer.width, length = config.patches() + 1;
        const at::Tensor patches = pixels.to(placement.device, placement.computed)
                                       .view({n, 3, side, p, side, p})
                                       .permute({0, 2, 4, 1, 3, 5})
                                       .reshape({n * side * side, 3 * p * p});
        at::Tensor tokens =
            at::cat({class_token.expand({n, 1, width}), patch(patches).view({n, side * side, width})}, 1);
        tokens = tokens.add_(positions).view({n * length, width});
        if (config.input_norm) tokens = input_norm(tokens);
        const detail::Run run{n, length};
        tokens = detail::run_blocks(config.transformer, blocks, tokens, {&run, 1});
        const at::Tensor pooled = norm(tokens.view({n, length, width}).select(1, 0).contiguous());
        return config.embedding_dim > 0 ? projection(pooled) : pooled;
    }
};

VisionEncoder::VisionEncoder(const VisionConfig& config, const WeightMap& weights, const EncoderOptions& options) {
    validate(config);
    detail::loading("weights", [&] { state_ = std::make_unique<State>(config, weights, options); });
}

VisionEncoder::~VisionEncoder() = default;
VisionEncoder::VisionEncoder(VisionEncoder&&) noexcept = default;
VisionEncoder& VisionEncoder::operator=(VisionEncoder&&) noexcept = default;

void VisionEncoder::encode(std::span<const float> pixels, std::span<float> embeddings, bool unit) const {
    const int64_t side = config().image_size;
    const index each = 3 * side * side, n = std::ssize(pixels) / each;
    if (n * each != std::ssize(pixels) || n * dim() != std::ssize(embeddings)) {
        throw ShapeError("encode: expected n × 3 × " + std::to_string(side) + " × " + std::to_string(side) +
                         " pixels and n × " + std::to_string(dim()) + " numbers for the embeddings, got " +
                         std::to_string(pixels.size()) + " and " + std::to_string(embeddings.size()));
    }
    const c10::InferenceMode guard;
    const index most = state_->placement.device.is_cpu() ? 8 : 256;
    detail::in_pieces("encode", n, most, [&](index first, index count) {
        const at::Tensor piece =
            at::from_blob(const_cast<float*>(pixels.data()) + first * each, {count, 3, side, side}, at::kFloat);
        detail::copy_out(state_->forward(piece), embeddings.subspan(first * dim(), count * dim()));
    });
    if (unit) detail::scale_to_unit(embeddings, dim());
}

index VisionEncoder::dim() const noexcept {
    return state_->config.embedding_dim > 0 ? state_->config.embedding_dim : state_->config.transformer.width;
}
const VisionConfig& VisionEncoder::config() const noexcept { return state_->config; }
const std::string& VisionEncoder::device() const noexcept { return state_->placement.device_name; }
const std::string& VisionEncoder::dtype() const noexcept { return state_->placement.dtype_name; }

}  // namespace assay::models
