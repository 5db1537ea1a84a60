#include "models/torch/transformer.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/sigmoid.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "assay/base/error.hpp"
#include "models/torch/attention.hpp"
#include "models/torch/quick_gelu.hpp"

namespace assay::models::detail {
namespace {

/// Rows of `run`, [sequences × length, 3 × width], to [sequences × length, width].
at::Tensor attend(const TransformerConfig& config, const at::Tensor& qkv, const Run& run) {
    const int64_t head = config.width / config.heads, rows = run.sequences * run.length;
    const Attention own{run.sequences, run.length, config.heads, head};
    if (!config.causal && qkv.is_cpu() && qkv.scalar_type() == at::kFloat && own.available()) {
        const at::Tensor source = qkv.contiguous();
        at::Tensor result = at::empty({rows, config.width}, qkv.options());
        own(source.const_data_ptr<float>(), result.mutable_data_ptr<float>());
        return result;
    }
    const at::Tensor split = qkv.view({run.sequences, run.length, 3, config.heads, head}).permute({2, 0, 3, 1, 4});
    // No mask: with one, CUDA leaves its fastest kernel. Sequences of one length need none.
    return at::scaled_dot_product_attention(split.select(0, 0), split.select(0, 1), split.select(0, 2), {}, 0.0,
                                            config.causal)
        .transpose(1, 2)
        .reshape({rows, config.width});
}

at::Tensor attend(const TransformerConfig& config, const at::Tensor& qkv, std::span<const Run> runs) {
    std::vector<at::Tensor> parts;
    int64_t row = 0;
    for (const Run& run : runs) {
        parts.push_back(attend(config, qkv.narrow(0, row, run.sequences * run.length), run));
        row += run.sequences * run.length;
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
}

at::Tensor feed_forward(const TransformerConfig& config, const Block& block, const at::Tensor& rows) {
    at::Tensor inner = block.up(rows);
    activate(config.activation, inner);
    return block.down(inner);
}

Linear take_qkv(TensorLoader& loader, const std::string& block, index width) {
    if (loader.has(block + "qkv.weight")) return take_linear(loader, block + "qkv", width, 3 * width, true);
    std::vector<at::Tensor> weights, biases;
    for (const char* part : {"query", "key", "value"}) {
        weights.push_back(loader.take(block + part + ".weight", {width, width}));
        biases.push_back(loader.take(block + part + ".bias", {width}));
    }
    Linear qkv(at::cat(weights), at::cat(biases));
    qkv.pack();
    return qkv;
}

}  // namespace

void Linear::pack() {
    if (!PackedLinear::available() || !weight.is_cpu() || weight.scalar_type() != at::kFloat) return;
    const at::Tensor source = weight.contiguous();
    packed = PackedLinear(source.const_data_ptr<float>(), bias.defined() ? bias.const_data_ptr<float>() : nullptr,
                          source.size(0), source.size(1));
    weight = at::Tensor();
}

at::Tensor Linear::operator()(const at::Tensor& rows) const {
    if (!packed.empty()) {
        const at::Tensor source = rows.contiguous();
        at::Tensor result = at::empty({source.size(0), packed.out()}, source.options());
        packed(source.const_data_ptr<float>(), source.size(0), result.mutable_data_ptr<float>());
        return result;
    }
    return bias.defined() ? at::linear(rows, weight, bias) : at::linear(rows, weight);
}

at::Tensor Norm::operator()(const at::Tensor& rows) const {
    return at::layer_norm(rows, {weight.size(0)}, weight, bias, epsilon);
}

Linear take_linear(TensorLoader& loader, const std::string& name, index in, index out, bool bias) {
    Linear linear(loader.take(name + ".weight", {out, in}), bias ? loader.take(name + ".bias", {out}) : at::Tensor());
    linear.pack();
    return linear;
}

Norm take_norm(TensorLoader& loader, const std::string& name, index width, double epsilon) {
    return {loader.take(name + ".weight", {width}), loader.take(name + ".bias", {width}), epsilon};
}

std::vector<Block> take_blocks(TensorLoader& loader, const TransformerConfig& config) {
    std::vector<Block> blocks;
    const index width = config.width;
    for (index i = 0; i < config.layers; ++i) {
        const std::string name = "blocks." + std::to_string(i) + ".";
        blocks.push_back({take_norm(loader, name + "norm1", width, config.epsilon),
                          take_norm(loader, name + "norm2", width, config.epsilon), take_qkv(loader, name, width),
                          take_linear(loader, name + "out", width, width, true),
                          take_linear(loader, name + "up", width, config.intermediate, true),
                          take_linear(loader, name + "down", config.intermediate, width, true)});
    }
    return blocks;
}

at::Tensor run_blocks(const TransformerConfig& config, const std::vector<Block>& blocks, at::Tensor tokens,
                      std::span<const Run> runs) {
    for (const Block& block : blocks) {
        if (config.pre_norm) {
            tokens = block.out(attend(config, block.qkv(block.norm1(tokens)), runs)).add_(tokens);
            tokens = feed_forward(config, block, block.norm2(tokens)).add_(tokens);
        } else {
            tokens = block.norm1(block.out(attend(config, block.qkv(tokens), runs)).add_(tokens));
            tokens = block.norm2(feed_forward(config, block, tokens).add_(tokens));
        }
    }
    return tokens;
}

void activate(Activation activation, at::Tensor& values) {
    if (activation == Activation::gelu) {
        at::gelu_(values, "none");
    } else if (values.is_cpu()) {
        at::Tensor wide = values.to(at::kFloat).contiguous();
        quick_gelu(wide.mutable_data_ptr<float>(), wide.numel());
        values = wide.to(values.scalar_type());
    } else {
        values.mul_(at::sigmoid(values.mul(1.702)));
    }
}

void scale_to_unit(std::span<float> rows, index dim) {
    for (index start = 0; start < std::ssize(rows); start += dim) {
        double squares = 0;
        for (index i = start; i < start + dim; ++i) squares += static_cast<double>(rows[i]) * rows[i];
        const double scale = squares > 0 || std::isnan(squares) ? 1 / std::sqrt(squares) : 0;
        for (index i = start; i < start + dim; ++i) rows[i] = static_cast<float>(rows[i] * scale);
    }
}

void copy_out(const at::Tensor& rows, std::span<float> out) {
    const at::Tensor host = rows.to(at::kCPU, at::kFloat).contiguous();
    std::memcpy(out.data(), host.const_data_ptr(), out.size_bytes());
}

}  // namespace assay::models::detail
