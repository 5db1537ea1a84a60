#include "assay/tracking/detail/sync_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace assay::tracking::detail {

void sync_folder(const std::filesystem::path& folder) noexcept {
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

}  // namespace assay::tracking::detail
