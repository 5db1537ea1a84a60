#pragma once

#include <cstdint>

namespace assay::models::detail {

/// Sequences of one length whose tokens stand one after another: softmax(q·kᵀ / √head)·v of each head, in fp32.
struct Attention {
    std::int64_t sequences, length, heads, head;

    /// Whether there is a kernel for this length and size of head; without, libtorch's attention is used.
    bool available() const;

    /// A row's bits depend on its sequence alone, as PackedLinear's do.
    /// @param qkv  [sequences × length, 3, heads, head]
    /// @param out  [sequences × length, heads, head], written. Runs on libtorch's threads.
    void operator()(const float* qkv, float* out) const;
};

}  // namespace assay::models::detail
