#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/deid/deid_key.hpp"

namespace assay::data {

// Files that nobody reads without the key: AES-256-GCM in chunks of 1 MiB.
//
// Layout: "ASSAYSF1", the key's id (8 bytes), a random salt (16), then the chunks, each a nonce (12), the ciphertext
// and a tag (16). Each file has a key of its own, derived from the DeidKey, the purpose and the salt. Authenticated
// with each chunk: all that stands before the chunks, the chunk's number and whether it is the last; so a byte changed,
// a chunk moved, doubled, left out or taken from another file, and a file cut anywhere are all found. Source: NIST SP
// 800-38D; the numbering follows Hoang, Reyhanitabar, Rogaway, Vizár 2015 (STREAM).

/// The sealed form of bytes.
/// @param purpose  what the file is ("vault", "quarantine"): one sealed as something else is refused
ASSAY_EXPORT std::string seal_content(const DeidKey& key, std::string_view purpose, std::string_view content);

/// What seal_content sealed.
/// @throws AuthError if the key is another one, naming both ids, or if anything in the bytes, their length or the
///         purpose is not as sealed; nothing is returned then.
ASSAY_EXPORT std::string unseal_content(const DeidKey& key, std::string_view purpose, std::string_view sealed);

/// Replaces the file with the sealed content at once or not at all; readable by its owner alone. @throws IoError
ASSAY_EXPORT void write_sealed(const std::filesystem::path& path, const DeidKey& key, std::string_view purpose,
                               std::string_view content);

/// @throws IoError if it cannot be read; AuthError as unseal_content, naming the file.
ASSAY_EXPORT std::string read_sealed(const std::filesystem::path& path, const DeidKey& key, std::string_view purpose);

/// The id of the key that a file is sealed with; nothing where it is no sealed file. @throws IoError
ASSAY_EXPORT std::optional<std::string> sealed_with(const std::filesystem::path& path);

}  // namespace assay::data
