#include "assay/base/mapped_file.hpp"

#include "assay/base/detail/file_descriptor.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace assay {

namespace {

[[noreturn]] void not_regular(const std::filesystem::path& path) {
    throw IoError("read: expected a regular file, got a pipe or device at '" + path.string() +
                  "'; copy it to a file first");
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_fifo(path, ignored)) not_regular(path);  // opening one waits for who writes to it
    const detail::FileDescriptor fd = detail::open_to_read(path);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) throw detail::io_error("read", path, errno);
    if (S_ISDIR(info.st_mode)) throw detail::io_error("read", path, EISDIR);
    if (!S_ISREG(info.st_mode)) not_regular(path);
    if (info.st_size == 0) return;  // nothing can be mapped
    void* memory = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (memory == MAP_FAILED) throw detail::io_error("read", path, errno);
    data_ = static_cast<const char*>(memory);
    size_ = static_cast<index>(info.st_size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, "")), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

MappedFile::~MappedFile() {
    if (size_ > 0) ::munmap(const_cast<char*>(data_), static_cast<std::size_t>(size_));
}

void MappedFile::advise_sequential() const noexcept {
    if (size_ > 0) ::madvise(const_cast<char*>(data_), static_cast<std::size_t>(size_), MADV_SEQUENTIAL);
}

}  // namespace assay
