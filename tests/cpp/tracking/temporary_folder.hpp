#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace assay::tests {

/// An empty folder that goes with its object.
class TemporaryFolder {
  public:
    TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}
    /// In memory where there is such a file system: for tests of thousands of files that would wait for the disk.
    static TemporaryFolder in_memory() {
        const std::filesystem::path shared = "/dev/shm";
        return TemporaryFolder(::access(shared.c_str(), W_OK) == 0 ? shared : std::filesystem::temp_directory_path());
    }
    explicit TemporaryFolder(const std::filesystem::path& parent) {
        std::string pattern = (parent / "assay_XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace assay::tests
