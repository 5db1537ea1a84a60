#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::models::detail {

/// Sorts the rows of a node by a feature's code: keys with the code in the upper half and anything in the lower.
class KeySort {
  public:
    /// Room for so many keys; what was there may be lost.
    std::uint64_t* room(std::size_t count);

    /// Sorts the keys in room() by code; equal ones keep their order.
    /// @param low, high  the least and the greatest code, up to 65535
    /// @returns the keys, until the next call
    /// Cost: O(count), whatever the codes are.
    std::span<const std::uint64_t> sort(std::size_t count, std::uint32_t low, std::uint32_t high);

  private:
    void place(std::size_t count);

    std::vector<std::uint64_t> keys_;
    std::vector<std::uint64_t> other_;
    std::array<std::array<std::uint32_t, 256>, 2> starts_{};  // by digit, the lower one first
};

}  // namespace assay::models::detail
