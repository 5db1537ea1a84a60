#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/secret.hpp"

namespace assay::data {

/// The secret that pseudonyms, date shifts and vaults are made with; it never prints.
///
/// Written as hexadecimal digits or base64 of at least 32 bytes: `openssl rand -hex 32`. Another text is refused: an
/// eight-digit record number under a key that can be guessed is found again within seconds.
class ASSAY_EXPORT DeidKey {
  public:
    /// @param text  hexadecimal or base64
    /// @throws AuthError if it is anything else, shorter than 32 bytes, or has fewer than 16 different bytes in it.
    explicit DeidKey(const Secret& text);

    /// @throws AuthError if the variable is not set, or as the constructor.
    static DeidKey from_env(const std::string& name);
    /// @throws IoError if the file cannot be read; AuthError if anybody but owner and group may read it or anybody but
    ///         the owner may write it, or as the constructor.
    static DeidKey from_file(const std::filesystem::path& path);
    /// What a secret store's command line prints; `command` is a program and its arguments, no shell takes them apart.
    /// @throws AuthError if it fails, or as the constructor.
    static DeidKey from_command(std::span<const std::string> command);

    /// 16 hexadecimal digits that tell keys apart and say nothing about the key.
    const std::string& key_id() const noexcept { return key_id_; }

    /// A key of 32 bytes for one use; those of different labels are unrelated.
    /// Source: RFC 5869, HKDF-Expand with SHA-256.
    Secret subkey(std::string_view label) const;

  private:
    Secret bytes_;
    std::string key_id_;
};

}  // namespace assay::data
