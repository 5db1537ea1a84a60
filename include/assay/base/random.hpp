#pragma once

#include "assay/base/detail/philox.hpp"
#include "assay/base/export.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

namespace assay {

/// Random numbers that are a pure function of (seed, stream, position): no state to share, nothing to skip over.
///
/// For the same bytes at any number of threads, give each item its own stream, `Rng(seed, i)`, or, where every item
/// takes exactly one number, start each block with `seek(first item)`. A standard UniformRandomBitGenerator.
/// Cost: ten rounds of Philox for every two numbers. Not for keys: see `generate_key`.
class Rng {
  public:
    using result_type = std::uint64_t;

    explicit Rng(std::uint64_t seed, std::uint64_t stream = 0) noexcept : seed_(seed), stream_(stream) {}

    static constexpr std::uint64_t min() noexcept { return 0; }
    static constexpr std::uint64_t max() noexcept { return std::numeric_limits<std::uint64_t>::max(); }

    /// 64 random bits; takes one position.
    std::uint64_t operator()() noexcept {
        if (position_ / 2 != block_number_ || !has_block_) make_block();
        const std::size_t word = (position_++ % 2) * 2;
        return block_[word] | std::uint64_t{block_[word + 1]} << 32;
    }

    /// Uniform in [0, 1), a multiple of 2^-53; takes one position.
    double uniform() noexcept { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

    /// Standard normal by inversion of the distribution function; takes one position.
    /// Source: Wichura 1988, AS 241, Applied Statistics 37:477 (PPND16, relative error 1e-16).
    ASSAY_EXPORT double normal() noexcept;

    /// Whole number in [low, high], both included, without bias; takes one position or, rarely, more.
    /// Source: Lemire 2019, "Fast random integer generation in an interval", ACM TOMACS 29(1).
    /// @throws ValueError if high < low.
    ASSAY_EXPORT std::int64_t integer(std::int64_t low, std::int64_t high);

    /// Puts items in an order that is uniform among all orders (Fisher and Yates).
    template <class T>
    void shuffle(std::span<T> items) {
        for (std::size_t left = items.size(); left > 1; --left) {
            const auto chosen = static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(left) - 1));
            using std::swap;
            swap(items[left - 1], items[chosen]);
        }
    }

    /// Goes to a position of the stream: the next number is the one after `position` single draws.
    void seek(std::uint64_t position) noexcept { position_ = position; }
    std::uint64_t position() const noexcept { return position_; }

  private:
    void make_block() noexcept {
        block_number_ = position_ / 2;
        has_block_ = true;
        block_ = detail::philox4x32_10({low(block_number_), high(block_number_), low(stream_), high(stream_)},
                                       {low(seed_), high(seed_)});
    }
    static constexpr std::uint32_t low(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x); }
    static constexpr std::uint32_t high(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x >> 32); }

    std::uint64_t seed_;
    std::uint64_t stream_;
    std::uint64_t position_ = 0;
    std::uint64_t block_number_ = 0;
    std::array<std::uint32_t, 4> block_{};
    bool has_block_ = false;
};

}  // namespace assay
