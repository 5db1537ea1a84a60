#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/array.hpp"
#include "assay/data/deid/deid_key.hpp"

namespace assay::data {

/// An identifier in the one form that is tokenised: Unicode NFKC, without invisible characters (U+00AD, U+200B to
/// U+200F, U+2060, U+FEFF) and without white space at either end; with `fold_case` ASCII letters in upper case.
/// Leading zeros, inner blanks and dashes stay: two identifiers are never made one by guessing.
/// @return  nothing where it is blank
/// @throws ValueError if the bytes are not UTF-8.
ASSAY_EXPORT std::optional<std::string> normalise_identifier(std::string_view text, bool fold_case = false);

/// Replaces identifiers by tokens that only the key's holder can recompute.
///
/// A token is the first 128 bits of HMAC-SHA-256 of the normalised identifier in base32 (RFC 4648, lower case, without
/// padding): 26 characters. The chance that any two of n identifiers share one is below n² / 2^129: 2e-21 for a
/// thousand million. The HMAC key is derived from the DeidKey for the purpose ("patient_id", "specimen_id"), so that
/// equal identifiers of two purposes get unrelated tokens. Source: RFC 2104.
class ASSAY_EXPORT Pseudonymiser {
  public:
    /// @throws ValueError if the purpose is empty.
    Pseudonymiser(const DeidKey& key, std::string_view purpose, bool fold_case = false);

    static constexpr index token_size = 26;

    /// @return  nothing where the identifier is blank. @throws ValueError if it is not UTF-8.
    std::optional<std::string> token(std::string_view identifier) const;

    /// @param identifiers  text or whole numbers, which are taken as their decimal digits
    /// @return             text; null where null or blank
    /// @throws SchemaError for another type; ValueError if a text is not UTF-8, naming the row.
    /// Cost: two SHA-256 blocks an identifier, over all threads.
    Array tokens(const Array& identifiers) const;

    const std::string& key_id() const noexcept { return key_id_; }

  private:
    Secret key_;
    std::string key_id_;
    bool fold_case_;
};

}  // namespace assay::data
