#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/torch/memory.hpp"
#include "models/torch/packed_linear.hpp"
#include "models/torch/weights_to_tensors.hpp"

namespace assay::models::detail {

struct Linear {
    at::Tensor weight;    ///< [out, in]; undefined where the weights are packed
    at::Tensor bias;      ///< [out], or undefined
    PackedLinear packed;  ///< in fp32 on the CPU

    Linear() = default;
    Linear(at::Tensor weights, at::Tensor biases) : weight(std::move(weights)), bias(std::move(biases)) {}

    /// Packs the weights where there is a kernel for them.
    void pack();
    at::Tensor operator()(const at::Tensor& rows) const;
};

struct Norm {
    at::Tensor weight;
    at::Tensor bias;
    double epsilon = 0;

    at::Tensor operator()(const at::Tensor& rows) const;
};

struct Block {
    Norm norm1, norm2;
    Linear qkv, out, up, down;
};

/// Sequences of one length that stand next to each other in a matrix of tokens.
struct Run {
    int64_t sequences;
    int64_t length;
};

Linear take_linear(TensorLoader& loader, const std::string& name, index in, index out, bool bias);
Norm take_norm(TensorLoader& loader, const std::string& name, index width, double epsilon);
std::vector<Block> take_blocks(TensorLoader& loader, const TransformerConfig& config);

/// @param tokens  [sum of sequences × length, width]
/// @return        the same shape
at::Tensor run_blocks(const TransformerConfig& config, const std::vector<Block>& blocks, at::Tensor tokens,
                      std::span<const Run> runs);

/// Exact GELU or x·σ(1.702 x), in place.
void activate(Activation activation, at::Tensor& values);

/// Rows of length one; a row of zeros stays.
void scale_to_unit(std::span<float> rows, index dim);

/// Copies [n, dim] of any type and device to the host as fp32.
void copy_out(const at::Tensor& rows, std::span<float> out);

}  // namespace assay::models::detail
