#pragma once

#include <cstdint>
#include <memory>

namespace assay::models::detail {

/// A linear layer's weights in the order in which the matrix product reads them, for fp32 on the CPU.
///
/// Each output is one chain of fused multiply-adds over the inputs in ascending order, then the bias: its bits depend
/// on its row alone, not on the number of rows, on threads, or on whether the processor has AVX-512 or AVX2. BLAS sums
/// in an order that depends on the number of rows. Reading packed weights also spares BLAS's packing at each call,
/// which is what short texts mostly pay for.
class PackedLinear {
  public:
    /// Whether this processor has a kernel that ASSAY_SIMD allows; without, libtorch's own product is used.
    static bool available();

    PackedLinear() = default;
    /// @param weight  [out, in], row-major
    /// @param bias    [out], or null
    PackedLinear(const float* weight, const float* bias, std::int64_t out, std::int64_t in);

    bool empty() const noexcept { return panels_ == nullptr; }
    std::int64_t out() const noexcept { return out_; }
    std::int64_t in() const noexcept { return in_; }

    /// @param x  [rows, in]
    /// @param y  [rows, out], written. Runs on libtorch's threads.
    void operator()(const float* x, std::int64_t rows, float* y) const;

  private:
    struct Free {
        void operator()(float* values) const noexcept;
    };
    using Floats = std::unique_ptr<float[], Free>;  ///< begins on a cache line

    static Floats floats(std::int64_t count);
    /// Some rows as the kernels read them, [ceil(in / depth), rows, depth]; the thread's until its next call.
    const float* copied(const float* x, std::int64_t rows) const;
    /// Rows out of `copied`, and the panels from first to last - 1.
    void chunk(const float* x, std::int64_t rows, float* y, std::int64_t first, std::int64_t last) const;

    std::int64_t out_ = 0, in_ = 0;
    Floats panels_;  ///< [ceil(out / 32), in, 32], zeros where there is no output
    Floats bias_;    ///< [32 × ceil(out / 32)]
};

}  // namespace assay::models::detail
