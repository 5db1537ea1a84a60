#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace assay::data::csv {

/// The texts that stand for null, with a quick test that most fields fail.
class NullTexts {
  public:
    explicit NullTexts(std::vector<std::string> texts) : texts_(std::move(texts)) {
        for (const std::string& text : texts_) {
            if (text.empty()) {
                has_empty_ = true;
            } else {
                first_[static_cast<unsigned char>(text.front())] = true;
                has_number_like_ |= std::string_view("+-.0123456789").find(text.front()) != std::string_view::npos;
            }
        }
    }

    bool contains(std::string_view text) const noexcept {
        if (text.empty()) return has_empty_;
        if (!first_[static_cast<unsigned char>(text.front())]) return false;
        return std::find(texts_.begin(), texts_.end(), text) != texts_.end();
    }

    /// Whether a null may look like a number or a time (-999), so that those must be compared, too.
    bool has_number_like() const noexcept { return has_number_like_; }

  private:
    std::vector<std::string> texts_;
    std::array<bool, 256> first_{};
    bool has_empty_ = false;
    bool has_number_like_ = false;
};

}  // namespace assay::data::csv
