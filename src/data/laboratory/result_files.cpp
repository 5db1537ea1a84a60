#include "data/laboratory/result_files.hpp"

#include <algorithm>
#include <memory>

#include "assay/base/error.hpp"
#include "data/csv/byte_source.hpp"

namespace assay::data::laboratory {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<csv::ByteSource> open_packed(const fs::path& path) {
    csv::Input input;
    input.name = path.string();
    input.path = &path;
    return csv::open_bytes(input);
}

}  // namespace

std::vector<fs::path> files_in(const fs::path& path) {
    if (!fs::is_directory(path)) return {path};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path)) {
        const bool hidden = entry.path().filename().string().starts_with(".");
        if (entry.is_regular_file() && !hidden) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string whole_text(const fs::path& path) {
    const auto source = open_packed(path);
    constexpr index kStep = index{1} << 20;
    std::string out;
    std::size_t size = 0;
    // One byte more than the file has: the first reading of an unpacked one shows its end.
    for (index room = std::max(kStep, source->total() + 1);; room = static_cast<index>(size)) {
        out.resize(size + static_cast<std::size_t>(room));
        const index got = source->read(out.data() + size, room);
        size += static_cast<std::size_t>(got);
        if (got < room) break;
    }
    out.resize(size);
    const index read = source->position();
    if (read == static_cast<index>(size) && read < source->total()) {
        throw IoError("expected " + std::to_string(source->total()) + " bytes, got " + std::to_string(read) + " from " +
                      path.string() + "; it was cut while it was read: read it again when its writer is done");
    }
    return out;
}

std::string first_bytes(const fs::path& path, std::size_t count) {
    const auto source = open_packed(path);
    std::string out(count, '\0');
    std::size_t size = 0;
    while (size < count) {
        const auto got = static_cast<std::size_t>(source->read(out.data() + size, static_cast<index>(count - size)));
        if (got == 0) break;
        size += got;
    }
    out.resize(size);
    return out;
}

}  // namespace assay::data::laboratory
