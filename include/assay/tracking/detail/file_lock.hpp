#pragma once

#include <filesystem>

#include "assay/base/detail/file_descriptor.hpp"

namespace assay::tracking::detail {

/// A lock on a file that is made for it, held as long as the object lives, also where a child that was forked
/// meanwhile keeps a copy of the descriptor.
class FileLock {
  public:
    enum class Mode { shared, exclusive };

    /// Waits for its turn. @throws IoError
    FileLock(const std::filesystem::path& file, Mode mode);
    ~FileLock();
    FileLock(FileLock&&) noexcept = default;
    FileLock& operator=(FileLock&&) = delete;

  private:
    assay::detail::FileDescriptor fd_;
};

/// The right to deliver a journal, which one process at a time has.
class SenderLock {
  public:
    /// @throws StateError if another has it, IoError
    explicit SenderLock(const std::filesystem::path& journal);
    ~SenderLock();
    SenderLock(const SenderLock&) = delete;
    SenderLock& operator=(const SenderLock&) = delete;

  private:
    assay::detail::FileDescriptor fd_;
};

}  // namespace assay::tracking::detail
