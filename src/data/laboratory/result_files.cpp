#include "data/laboratory/result_files.hpp"

#include <algorithm>
#include <memory>

#include "assay/base/mapped_file.hpp"
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

bool is_packed(std::string_view head) { return head.starts_with("\x1F\x8B") || head.starts_with("\x28\xB5\x2F\xFD"); }

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
    constexpr std::size_t kStep = std::size_t{1} << 20;
    std::string out;
    for (std::size_t size = 0;;) {
        out.resize(size + std::max(kStep, size));  // doubling, since an unpacked size is not known
        const auto room = static_cast<index>(out.size() - size);
        const auto got = static_cast<std::size_t>(source->read(out.data() + size, room));
        size += got;
        if (got != 0) continue;
        out.resize(size);
        return out;
    }
}

void with_text(const fs::path& path, const std::function<void(std::string_view)>& use) {
    const MappedFile mapped(path);
    if (is_packed(mapped.text())) return use(whole_text(path));
    mapped.advise_sequential();
    use(mapped.text());
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
