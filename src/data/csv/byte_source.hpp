#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "assay/data/csv_dialect.hpp"

namespace assay::data::csv {

/// A file or bytes in memory that can be read from the start any number of times.
struct Input {
    std::string name;  ///< stands for the file in errors and in the quarantine
    const std::filesystem::path* path = nullptr;
    std::string_view bytes;  ///< where path is null
};

/// Bytes in order, once.
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    /// Fills up to `capacity` bytes; fewer only at the end, where it returns 0. @throws IoError
    virtual index read(char* out, index capacity) = 0;
    /// Bytes of the file consumed so far, compressed as they stand.
    virtual index position() const = 0;
    /// Bytes of the whole file.
    virtual index total() const = 0;
};

/// The decompressed bytes; gzip and zstd are told by their first bytes. @throws IoError
std::unique_ptr<ByteSource> open_bytes(const Input& input);

/// The decompressed bytes as UTF-8, without a byte order mark.
/// What cannot be decoded comes out as escapes (see undecodable.hpp), which are never valid UTF-8. @throws IoError
std::unique_ptr<ByteSource> open_text(const Input& input, Encoding encoding);

}  // namespace assay::data::csv
