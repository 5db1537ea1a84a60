#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "assay/base/detail/file_descriptor.hpp"

namespace assay::tracking::detail {

/// A file that is being received: it stands under a temporary name beside its place until it is whole.
class IncomingFile {
  public:
    /// Makes the folders above. @throws IoError
    explicit IncomingFile(std::filesystem::path place);
    IncomingFile(const IncomingFile&) = delete;
    IncomingFile& operator=(const IncomingFile&) = delete;
    /// Removes it unless it was kept.
    ~IncomingFile();

    // All throw IoError.

    /// Appends, in blocks.
    void write(std::string_view bytes);
    /// Writes at a position; for several threads at once, and not together with write().
    void write_at(std::int64_t offset, std::string_view bytes) const;
    /// Begins anew.
    void clear();
    /// Gives the file its name; what stood there is replaced.
    void keep();

    const std::filesystem::path& temporary() const noexcept { return temporary_; }

  private:
    void flush();

    std::filesystem::path place_;
    std::filesystem::path temporary_;
    assay::detail::FileDescriptor file_;
    std::string block_;
};

}  // namespace assay::tracking::detail
