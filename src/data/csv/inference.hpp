#pragma once

#include <string_view>

#include "assay/data/type.hpp"
#include "data/csv/null_texts.hpp"

// Types inferred from all rows: every field adds one bit to its column's set, and the set decides. Sets join by OR, so
// that the result does not depend on how the file was cut.
namespace assay::data::csv {

namespace seen {
inline constexpr unsigned kBool = 1;         ///< true, false
inline constexpr unsigned kInteger = 2;      ///< a whole number that a double holds exactly
inline constexpr unsigned kLongInteger = 4;  ///< one that only int64 holds
inline constexpr unsigned kFloat = 8;
inline constexpr unsigned kDate = 16;
inline constexpr unsigned kTimestamp = 32;
inline constexpr unsigned kText = 64;  ///< anything else; also 007, for it would lose its zeros
}  // namespace seen

/// What a field could be; 0 for nulls and quoted empty fields.
unsigned classify(std::string_view text, bool quoted, const NullTexts& nulls);

/// The narrowest type that holds all that was seen without loss; text where nothing was.
Type type_for(unsigned set);

/// Whether a field of an inferred column may be read as a number: no leading zeros, which belong to identifiers.
inline bool has_leading_zero(std::string_view text) noexcept {
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

}  // namespace assay::data::csv
