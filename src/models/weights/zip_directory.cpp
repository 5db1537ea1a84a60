#include "models/weights/zip_directory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "assay/base/error.hpp"
#include "models/weights/weight_contents.hpp"

namespace assay::models::detail {
namespace {

constexpr std::uint32_t kZipLocalHeader = 0x04034B50;
constexpr std::uint32_t kZipCentralHeader = 0x02014B50;
constexpr std::uint32_t kZipEnd = 0x06054B50;
constexpr std::uint32_t kZip64End = 0x06064B50;
constexpr std::uint32_t kZip64Locator = 0x07064B50;
constexpr std::uint64_t kZipEndSize = 22;
constexpr std::uint64_t kZipLongestComment = 65535;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // the number stands in the zip64 field

/// Little-endian numbers and ranges of an archive, none of them past its end.
class ZipBytes {
  public:
    ZipBytes(std::span<const std::byte> bytes, const std::string& where) : bytes_(bytes), where_(where) {}

    std::uint64_t size() const { return bytes_.size(); }

    std::span<const std::byte> range(std::uint64_t at, std::uint64_t size) const {
        if (at > bytes_.size() || size > bytes_.size() - at) {
            throw IoError(where_ + ": expected " + std::to_string(size) + " bytes at byte " + std::to_string(at) +
                          " of the zip archive, which has " + std::to_string(bytes_.size()) +
                          "; it is damaged or was cut short: copy it again");
        }
        return bytes_.subspan(at, size);
    }

    template <class T>
    T number(std::uint64_t at) const {
        T value{};
        std::memcpy(&value, range(at, sizeof value).data(), sizeof value);
        return value;
    }

    std::string_view text(std::uint64_t at, std::uint64_t size) const {
        const auto part = range(at, size);
        return {reinterpret_cast<const char*>(part.data()), part.size()};
    }

    void require(std::uint32_t signature, std::uint64_t at, const char* what) const {
        if (number<std::uint32_t>(at) == signature) return;
        throw IoError(where_ + ": expected " + what + " at byte " + std::to_string(at) +
                      " of the zip archive, got something else; it is damaged: copy it again");
    }

  private:
    std::span<const std::byte> bytes_;
    const std::string& where_;
};

struct ZipCentral {
    std::uint64_t entries, at, size;
};

/// The end record stands last, before a comment of any length.
std::uint64_t find_zip_end(const ZipBytes& zip, const std::string& where) {
    if (zip.size() >= kZipEndSize) {
        const std::uint64_t last = zip.size() - kZipEndSize;
        const std::uint64_t first = last - std::min(last, kZipLongestComment);
        for (std::uint64_t at = last + 1; at-- > first;) {
            if (zip.number<std::uint32_t>(at) == kZipEnd &&
                at + kZipEndSize + zip.number<std::uint16_t>(at + 20) == zip.size()) {
                return at;
            }
        }
    }
    throw IoError(where +
                  ": expected a zip archive with its directory at the end, got none; it was cut short: copy it again");
}

ZipCentral find_zip_central(const ZipBytes& zip, const std::string& where) {
    const std::uint64_t end = find_zip_end(zip, where);
    ZipCentral out{zip.number<std::uint16_t>(end + 10), zip.number<std::uint32_t>(end + 16),
                   zip.number<std::uint32_t>(end + 12)};
    if (end >= 20 && zip.number<std::uint32_t>(end - 20) == kZip64Locator) {
        const auto at = zip.number<std::uint64_t>(end - 20 + 8);
        zip.require(kZip64End, at, "the zip64 end record");
        out = {zip.number<std::uint64_t>(at + 32), zip.number<std::uint64_t>(at + 48),
               zip.number<std::uint64_t>(at + 40)};
    }
    zip.range(out.at, out.size);
    return out;
}

struct ZipEntry {
    std::uint64_t size, stored_size, header;
};

/// Numbers that did not fit 32 bits stand in the extra field 1, in this order, and only they.
void take_zip64_field(const ZipBytes& zip, std::uint64_t at, std::uint64_t length, ZipEntry& entry) {
    const std::uint64_t end = at + length;
    while (at + 4 <= end) {
        const auto id = zip.number<std::uint16_t>(at);
        const std::uint64_t next = at + 4 + zip.number<std::uint16_t>(at + 2);
        at += 4;
        for (std::uint64_t* number : {&entry.size, &entry.stored_size, &entry.header}) {
            if (id != 1 || *number != kIn64 || at + 8 > next) continue;
            *number = zip.number<std::uint64_t>(at);
            at += 8;
        }
        at = next;
    }
}

std::span<const std::byte> zip_content(const ZipBytes& zip, std::uint64_t central, std::string_view name,
                                       const std::string& where) {
    ZipEntry entry{zip.number<std::uint32_t>(central + 24), zip.number<std::uint32_t>(central + 20),
                   zip.number<std::uint32_t>(central + 42)};
    take_zip64_field(zip, central + 46 + name.size(), zip.number<std::uint16_t>(central + 30), entry);
    const bool encrypted = (zip.number<std::uint16_t>(central + 8) & 1U) != 0;
    const auto method = zip.number<std::uint16_t>(central + 10);
    if (encrypted || method != 0 || entry.size != entry.stored_size) {
        throw IoError(where + ": expected entries stored as they are, got " + shown(name) +
                      (encrypted ? " encrypted" : " compressed by method " + std::to_string(method)) +
                      "; save it with torch.save");
    }
    zip.require(kZipLocalHeader, entry.header, "a file header");
    const std::uint64_t name_size = zip.number<std::uint16_t>(entry.header + 26);
    if (zip.text(entry.header + 30, name_size) != name) {
        throw IoError(where + ": expected the entry " + shown(name) + " at byte " + std::to_string(entry.header) +
                      " of the zip archive, got " + shown(zip.text(entry.header + 30, name_size)));
    }
    return zip.range(entry.header + 30 + name_size + zip.number<std::uint16_t>(entry.header + 28), entry.size);
}

}  // namespace

std::map<std::string, std::span<const std::byte>, std::less<>> read_zip_directory(std::span<const std::byte> archive,
                                                                                  const std::string& where) {
    const ZipBytes zip(archive, where);
    const ZipCentral central = find_zip_central(zip, where);
    std::map<std::string, std::span<const std::byte>, std::less<>> out;
    std::uint64_t at = central.at;
    for (std::uint64_t i = 0; i < central.entries; ++i) {
        zip.require(kZipCentralHeader, at, "an entry of the directory");
        const std::uint64_t name_size = zip.number<std::uint16_t>(at + 28);
        const std::string_view name = zip.text(at + 46, name_size);
        if (!out.emplace(name, zip_content(zip, at, name, where)).second) {
            throw IoError(where + ": expected every entry once, got " + shown(name) + " twice");
        }
        at += 46 + name_size + zip.number<std::uint16_t>(at + 30) + zip.number<std::uint16_t>(at + 32);
    }
    return out;
}

}  // namespace assay::models::detail
