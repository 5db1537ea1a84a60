#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace assay {

/// A file mapped into memory to read. Movable; the bytes live as long as the object.
///
/// A file that another process shortens while it is mapped ends the program (SIGBUS) on access past its new end.
class ASSAY_EXPORT MappedFile {
  public:
    MappedFile() noexcept = default;
    /// @throws IoError if the path is not a regular file that can be read.
    explicit MappedFile(const std::filesystem::path& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    const char* data() const noexcept { return data_; }
    index size() const noexcept { return size_; }
    std::string_view text() const noexcept { return {data_, static_cast<std::size_t>(size_)}; }
    std::span<const std::byte> bytes() const noexcept {
        return {reinterpret_cast<const std::byte*>(data_), static_cast<std::size_t>(size_)};
    }

    /// Tells the system that the file will be read once from front to back.
    void advise_sequential() const noexcept;

  private:
    const char* data_ = "";
    index size_ = 0;
};

}  // namespace assay
