#pragma once

#include "assay/base/random.hpp"

#include <cstdint>

namespace assay::models::detail {

/// Whole numbers below a bound, two of each 64 random bits.
class Draws {
  public:
    explicit Draws(Rng rng) noexcept : rng_(rng) {}

    /// Uniform in [0, bound), without bias. Source: Lemire 2019, ACM TOMACS 29(1), algorithm 5.
    std::uint32_t below(std::uint32_t bound) noexcept {
        std::uint64_t product = std::uint64_t{bits()} * bound;
        if (static_cast<std::uint32_t>(product) < bound) {
            const std::uint32_t least = (0U - bound) % bound;
            while (static_cast<std::uint32_t>(product) < least) product = std::uint64_t{bits()} * bound;
        }
        return static_cast<std::uint32_t>(product >> 32);
    }

    std::uint32_t bits() noexcept {
        if (!half_) left_ = rng_();
        const auto taken = static_cast<std::uint32_t>(half_ ? left_ >> 32 : left_);
        half_ = !half_;
        return taken;
    }

  private:
    Rng rng_;
    std::uint64_t left_ = 0;
    bool half_ = false;
};

}  // namespace assay::models::detail
