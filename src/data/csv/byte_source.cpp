#include "data/csv/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "assay/base/error.hpp"
#include "data/csv/compressed_source.hpp"
#include "data/csv/transcoder.hpp"

namespace assay::data::csv {
namespace {

class FileSource final : public ByteSource {
  public:
    explicit FileSource(const Input& input) : name_(input.name) {
        // Not to wait for the writer of a pipe; regular files know no waiting.
        fd_ = ::open(input.path->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd_ < 0) fail("cannot be opened", errno);
        struct stat status {};
        if (::fstat(fd_, &status) != 0 || S_ISDIR(status.st_mode)) {
            const int code = S_ISDIR(status.st_mode) ? EISDIR : errno;
            ::close(fd_);
            fail("cannot be read as a file", code);
        }
        if (!S_ISREG(status.st_mode)) {  // it is opened once for its kind, once for its head and once for its rows
            ::close(fd_);
            throw IoError("read_csv: expected a regular file, got a pipe or device at " + name_ +
                          "; copy it to a file first, or pass its bytes");
        }
        total_ = static_cast<index>(status.st_size);
        ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;
    ~FileSource() override { ::close(fd_); }

    index read(char* out, index capacity) override {
        index done = 0;
        while (done < capacity) {
            const ssize_t got = ::read(fd_, out + done, static_cast<std::size_t>(capacity - done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail("cannot be read at byte " + std::to_string(position_ + done), errno);
            if (got == 0) break;
            done += static_cast<index>(got);
        }
        position_ += done;
        return done;
    }
    index position() const override { return position_; }
    index total() const override { return std::max(total_, position_); }

  private:
    [[noreturn]] void fail(const std::string& what, int code) const {
        throw IoError("read_csv: " + name_ + " " + what + " (" + std::strerror(code) +
                      "); check the path and the permissions");
    }

    std::string name_;
    int fd_ = -1;
    index position_ = 0;
    index total_ = 0;
};

class MemorySource final : public ByteSource {
  public:
    explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}

    index read(char* out, index capacity) override {
        const auto size = std::min(static_cast<std::size_t>(capacity), bytes_.size() - position_);
        if (size > 0) std::memcpy(out, bytes_.data() + position_, size);
        position_ += size;
        return static_cast<index>(size);
    }
    index position() const override { return static_cast<index>(position_); }
    index total() const override { return static_cast<index>(bytes_.size()); }

  private:
    std::string_view bytes_;
    std::size_t position_ = 0;
};

std::unique_ptr<ByteSource> open_stored(const Input& input) {
    if (input.path == nullptr) return std::make_unique<MemorySource>(input.bytes);
    return std::make_unique<FileSource>(input);
}

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const Input& input) {
    char magic[4] = {};
    const index size = open_stored(input)->read(magic, sizeof magic);
    if (size >= 2 && std::memcmp(magic, "\x1f\x8b", 2) == 0) return gunzip(open_stored(input), input.name);
    if (size >= 4 && std::memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0) return unzstd(open_stored(input), input.name);
    return open_stored(input);
}

std::unique_ptr<ByteSource> open_text(const Input& input, Encoding encoding) {
    return to_utf8(open_bytes(input), encoding, input.name);
}

}  // namespace assay::data::csv
