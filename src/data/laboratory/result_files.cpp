#include "data/laboratory/result_files.hpp"

#include <algorithm>
#include <cstring>
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

bool is_named(const std::string& name, const std::vector<std::string>& skip) {
    return std::find(skip.begin(), skip.end(), name) != skip.end();
}

bool is_about_others(std::string name) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (const char* stem : {"readme", "license", "licence", "changelog", "sha256sums", "md5sums"}) {
        const std::string_view rest = name.starts_with(stem) ? std::string_view(name).substr(std::strlen(stem)) : "x";
        if (rest.empty() || rest == ".txt") return true;
    }
    return name.ends_with(".md");
}

}  // namespace

std::vector<fs::path> files_in(const fs::path& path, const std::vector<std::string>& skip) {
    if (!fs::is_directory(path)) return {path};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path)) {
        const std::string name = entry.path().filename().string();
        const bool left_out = name.starts_with(".") || is_named(name, skip) || is_about_others(name);
        if (entry.is_regular_file() && !left_out) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::string> left_out_remarks(const fs::path& path, const std::vector<std::string>& skip) {
    std::vector<std::string> remarks;
    if (!fs::is_directory(path)) return remarks;
    for (const auto& entry : fs::directory_iterator(path)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(".")) continue;
        if (is_named(name, skip)) {
            remarks.push_back(name + " was left out, as was asked for");
        } else if (entry.is_directory()) {
            remarks.push_back(name + " was not read: it is a folder in the folder");
        } else if (is_about_others(name)) {
            remarks.push_back(name + " was left out: by its name it says what the others are");
        }
    }
    std::sort(remarks.begin(), remarks.end());
    return remarks;
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
