#include "assay/tracking/detail/file_hash.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/hash.hpp"

namespace assay::tracking::detail {

std::string hash_file(const std::filesystem::path& file, std::int64_t size, const std::atomic<bool>& cancelled) {
    const auto in = assay::detail::open_to_read(file);
    std::vector<char> block(std::size_t{256} << 10);
    Sha256 hash;
    for (std::int64_t left = size; left != 0;) {
        if (cancelled) throw StateError("transfer: cancelled");
        const auto most = left < 0 ? block.size() : std::min(block.size(), static_cast<std::size_t>(left));
        const auto got = ::read(in.get(), block.data(), most);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw assay::detail::io_error("read", file, errno);
        if (got == 0 && left > 0) throw IoError("read: " + file.string() + " became shorter while it was read");
        if (got == 0) break;
        hash.update({block.data(), static_cast<std::size_t>(got)});
        if (left > 0) left -= got;
    }
    return to_hex(hash.finish());
}

}  // namespace assay::tracking::detail
