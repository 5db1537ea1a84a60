#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "assay/data/array_builder.hpp"
#include "assay/data/laboratory/result_value.hpp"

namespace assay::data::laboratory {

/// What a source writes about one result; empty where it writes nothing.
struct WrittenOutcome {
    std::string_view value;       ///< number or text
    std::string_view number;      ///< a numeric column of its own
    std::string_view comparator;  ///< a comparator column of its own
    std::string_view text;        ///< comments
    std::string_view absent_reason;
};

/// The columns comparator, value, text and absent_reason of LaboratoryResults while they grow.
class OutcomeColumns {
  public:
    explicit OutcomeColumns(char decimal_point) : decimal_point_(decimal_point) {}

    void append(const WrittenOutcome& written);

    index contradictions() const noexcept { return contradictions_; }
    index absent() const noexcept { return absent_; }
    index texts() const noexcept { return texts_; }

    TextBuilder comparator;
    ArrayBuilder<double> value;
    TextBuilder text;
    TextBuilder absent_reason;

  private:
    std::optional<ReportedValue> joint_result(const WrittenOutcome& written) const;
    void append_error(const WrittenOutcome& written);
    void append_text(std::string_view result, std::string_view comment);

    char decimal_point_;
    std::string joined_;
    index contradictions_ = 0;
    index absent_ = 0;
    index texts_ = 0;
};

/// "<", "<=", ">=", ">", or empty where the text is none ("=", "≈").
std::string_view comparator_sign(std::string_view written) noexcept;

}  // namespace assay::data::laboratory
