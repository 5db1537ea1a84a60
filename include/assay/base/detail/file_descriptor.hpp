#pragma once

#include "assay/base/error.hpp"
#include "assay/base/export.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace assay::detail {

/// Owns a POSIX file descriptor.
class ASSAY_EXPORT FileDescriptor {
  public:
    explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&&) = delete;
    ~FileDescriptor();

    int get() const noexcept { return fd_; }
    int release() noexcept {
        const int fd = fd_;
        fd_ = -1;
        return fd;
    }

  private:
    int fd_;
};

/// @throws IoError.
ASSAY_EXPORT FileDescriptor open_to_read(const std::filesystem::path& path);

/// Writes all bytes. @throws IoError naming `path`.
ASSAY_EXPORT void write_all(int fd, std::string_view bytes, const std::filesystem::path& path);

/// "write: cannot write 'out/a.csv': No space left on device; free space …" from an errno value.
ASSAY_EXPORT IoError io_error(std::string_view action, const std::filesystem::path& path, int error);

}  // namespace assay::detail
