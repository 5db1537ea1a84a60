#pragma once

#include <string>
#include <string_view>

#include "assay/base/export.hpp"

// Which words of a recorded entry say what the patient has. "Tuberculosis ruled out", "Family history of diabetes" and
// "No known drug allergies" name things that he does not have.
namespace assay::models::detail {

/// Kinds of words that do not speak of the patient's present state.
enum class Aside : unsigned {
    Absent = 1,    ///< denied, ruled out, refuted; of a relative; asked for by screening, vaccination, contact or risk
    Resolved = 2,  ///< "(resolved)"
    Inactive = 4,  ///< "(inactive)", "in remission"
    Past = 8,      ///< "history of", "previous", "sequelae of"
};

constexpr Aside operator|(Aside a, Aside b) noexcept {
    return static_cast<Aside>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool holds(Aside set, Aside one) noexcept {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

inline constexpr Aside kEveryAside = Aside::Absent | Aside::Resolved | Aside::Inactive | Aside::Past;

/// The text with every word that one of these asides is about overwritten by '#', byte for byte.
///
/// A cue before its words reaches over six of them, up to a comma, ':', ';', '.', '(' or a word such as "but" or
/// "with"; one behind closes its phrase and reaches back to the last comma, or over it where it follows at once
/// ("Tuberculosis, ruled out"). In doubt the words stay: a list ("no cough, fever") is denied up to its first comma,
/// "r/o", "suspected" and "cannot be excluded" leave a question open, and "negative" alone is no denial
/// ("smear-negative tuberculosis").
/// @param lowered  one entry, in lower case
/// Cost: O(words × cues).   Source: Chapman 2001 (NegEx) and Harkema 2009 (ConText), cues; scopes are narrower.
ASSAY_EXPORT std::string affirmed(std::string_view lowered, Aside asides);

}  // namespace assay::models::detail
