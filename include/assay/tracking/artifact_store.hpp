#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/tracking/detail/file_lock.hpp"

namespace assay::tracking {

/// Where an artifact's bytes lie.
struct StoredArtifact {
    std::string sha256;  ///< 64 hexadecimal digits
    std::int64_t size = 0;
};

/// Files kept under the SHA-256 of their content: `<folder>/<sha256>`. What was taken in does not change when the
/// original does, and the same content is kept once.
class ASSAY_EXPORT ArtifactStore {
  public:
    explicit ArtifactStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Takes a file in, by reflink where the file system can and by copying elsewhere. A hard link would follow later
    /// writes into the original, and is not used. The content is on disk when the call returns.
    /// @throws IoError if the file cannot be read or the store not written
    StoredArtifact add_file(const std::filesystem::path& file) const;

    /// Takes bytes in. @throws IoError
    StoredArtifact add_bytes(std::string_view bytes) const;

    /// Where the content lies. The file may be missing.
    std::filesystem::path path(std::string_view sha256) const { return folder_ / std::string(sha256); }

    /// Whether the content is there and still is what its name says. Cost: reads the file.
    bool verify(std::string_view sha256) const;

    /// Keeps contents from being taken in, by any process, as long as the object lives: for who removes some.
    detail::FileLock exclude_writers() const;

  private:
    StoredArtifact adopt(const std::filesystem::path& temporary) const;
    std::filesystem::path temporary() const;

    std::filesystem::path folder_;
};

}  // namespace assay::tracking
