#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/export.hpp"
#include "assay/data/array.hpp"
#include "assay/data/deid/deid_key.hpp"

namespace assay::data {

/// Which identifier a token stands for: the only way back, in a file that is sealed (see sealed_file.hpp).
///
/// Belongs elsewhere than the data that the tokens are in, under a key of its own. Held in memory as a whole; one
/// process at a time has it open, others wait.
class ASSAY_EXPORT Vault {
  public:
    /// The vault in a file, empty where there is none yet. Waits for whoever has it open.
    /// @throws AuthError if the key is another or the file was changed; IoError.
    Vault(std::filesystem::path path, DeidKey key);

    /// Takes up what stands for what; nulls are left out. Nothing is on disk before save().
    /// @param identifiers  text or whole numbers; kept as normalise_identifier gives them
    /// @param tokens       Utf8, of the same length, by a Pseudonymiser of this purpose and key
    /// @return             how many were not there yet
    /// @throws ShapeError, SchemaError; ValueError if a token stands for another identifier already.
    index add(std::string_view purpose, std::string_view key_id, const Array& identifiers, const Array& tokens,
              bool fold_case = false);

    /// @return nothing where the token is unknown
    std::optional<std::string> find(std::string_view purpose, std::string_view key_id, std::string_view token) const;
    /// The same for a column; null where null or unknown. @throws SchemaError if not Utf8.
    Array find(std::string_view purpose, std::string_view key_id, const Array& tokens) const;

    index size() const noexcept { return static_cast<index>(entries_.size()); }

    /// Replaces the file at once or not at all. @throws IoError
    void save() const;
    /// Seals with another key from now on, on disk too: how a vault's own key is changed. @throws IoError
    void rekey(DeidKey key);

  private:
    std::filesystem::path path_;
    DeidKey key_;
    assay::detail::FileDescriptor lock_;
    std::map<std::string, std::string> entries_;  // by purpose, key id and token
};

}  // namespace assay::data
