#pragma once

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

    /// Sorts the keys in room() by code; equal codes stay in any order that depends on nothing but the keys.
    /// @param low, high  the least and the greatest code
    /// @returns the keys, until the next call
    /// Cost: O(count), whatever the codes are.
    std::span<const std::uint64_t> sort(std::size_t count, std::uint32_t low, std::uint32_t high);

  private:
    bool spread(std::size_t count, std::uint32_t low, std::uint32_t high);
    void pass(std::size_t count, std::uint32_t low, unsigned shift);

    std::vector<std::uint64_t> keys_{0};  // one zero before them, which ends a search to the left
    std::vector<std::uint64_t> other_{0};
    std::vector<std::uint32_t> starts_;
};

}  // namespace assay::models::detail
