#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/hl7/hash_index.hpp"

namespace assay::data::hl7 {

/// Numbers texts from 0 in the order of their first appearance.
class TextIds {
  public:
    std::uint32_t id(std::string_view text) {
        const std::uint64_t hash = std::hash<std::string_view>{}(text);
        const index known =
            index_.find(hash, [&](index at) { return (*this)[static_cast<std::uint32_t>(at)] == text; });
        if (known >= 0) return static_cast<std::uint32_t>(known);
        index_.add(hash, static_cast<index>(ends_.size()));
        characters_ += text;
        ends_.push_back(characters_.size());
        return static_cast<std::uint32_t>(ends_.size() - 1);
    }
    /// The text of that number; a view until the next one is numbered.
    std::string_view operator[](std::uint32_t id) const noexcept {
        const std::size_t begin = id == 0 ? 0 : ends_[id - 1];
        return std::string_view(characters_).substr(begin, ends_[id] - begin);
    }
    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(ends_.size()); }

  private:
    std::string characters_;
    std::vector<std::size_t> ends_;
    HashIndex index_;
};

}  // namespace assay::data::hl7
