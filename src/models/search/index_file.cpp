#include "models/search/index_file.hpp"

#include "assay/base/crc32c.hpp"
#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

namespace assay::models::search {
namespace {

constexpr index kHeaderBytes = 4096;
constexpr std::uint32_t kVersion = 1;
constexpr char kMagic[8] = {'A', 'S', 'S', 'A', 'Y', 'I', 'D', 'X'};
constexpr index kMostDim = 65536;

struct Header {
    char magic[8];
    std::uint32_t version;
    std::uint32_t dim;
    std::uint64_t rows;
    std::int64_t next_id;
    std::uint32_t segment_rows;
    std::uint32_t checksums_crc;  ///< of the checksums at the end
    std::uint32_t header_crc;     ///< of all before
    std::uint32_t padding;
};
static_assert(sizeof(Header) == 48);

std::string_view text_of(const void* data, index bytes) {
    return {static_cast<const char*>(data), static_cast<std::size_t>(bytes)};
}

std::uint32_t crc_of(const Header& header) { return crc32c(text_of(&header, offsetof(Header, header_crc))); }

/// A file beside its target that takes its place when it is whole.
class WholeFile {
  public:
    explicit WholeFile(const std::filesystem::path& target)
        : target_(target),
          path_(beside(target)),
          fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
        if (fd_.get() < 0) throw assay::detail::io_error("save", target, errno);
    }
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;
    ~WholeFile() {
        if (!done_) ::unlink(path_.c_str());
    }

    void write(std::string_view bytes) { assay::detail::write_all(fd_.get(), bytes, target_); }

    void finish(std::string_view head) {
        if (::lseek(fd_.get(), 0, SEEK_SET) != 0) throw assay::detail::io_error("save", target_, errno);
        write(head);
        if (::fsync(fd_.get()) != 0 || ::close(fd_.release()) != 0 || ::rename(path_.c_str(), target_.c_str()) != 0) {
            throw assay::detail::io_error("save", target_, errno);
        }
        done_ = true;
    }

  private:
    static std::filesystem::path beside(const std::filesystem::path& target) {
        std::random_device random;
        return target.parent_path() / (".assay-" + std::to_string(random()) + '-' + std::to_string(random()) + ".tmp");
    }

    std::filesystem::path target_;
    std::filesystem::path path_;
    assay::detail::FileDescriptor fd_;
    bool done_ = false;
};

/// Hands out the live rows as segments of a file: whole ones as they are, others copied together.
class Packer {
  public:
    Packer(WholeFile& file, index dim, index rows)
        : file_(file), full_(dim, segment_rows(dim)), remaining_(rows), packed_(next_layout()) {}

    void take(const Segment& segment) {
        if (packed_.size() == 0 && segment.all_live() && segment.size() == full_.rows && remaining_ >= full_.rows &&
            segment.layout().rows == full_.rows) {
            write(segment);
            packed_ = Segment(next_layout());
            return;
        }
        for (index row = 0; row < segment.size(); ++row) {
            if (!segment.live(row)) continue;
            packed_.append_from(segment, row);
            if (packed_.size() < std::min(full_.rows, remaining_)) continue;
            write(packed_);
            packed_ = Segment(next_layout());
        }
    }

    std::string checksums() const { return checksums_; }

  private:
    SegmentLayout next_layout() const {
        return {full_.dim, round_up(std::min(full_.rows, std::max<index>(remaining_, 1)), kBlockRows)};
    }

    void write(const Segment& segment) {
        const std::string_view bytes = text_of(segment.data(), segment.bytes());
        const std::uint32_t crc = crc32c(bytes);
        file_.write(bytes);
        checksums_.append(reinterpret_cast<const char*>(&crc), sizeof crc);
        remaining_ -= segment.size();
    }

    WholeFile& file_;
    SegmentLayout full_;
    index remaining_;
    Segment packed_;
    std::string checksums_{};
};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& expected) {
    throw IoError("ExactIndex.open: expected " + expected + " in '" + path.string() +
                  "'; the file is no index, or damaged: save it again");
}

Header read_header(const std::filesystem::path& path, const MappedFile& file) {
    Header header{};
    if (file.size() < kHeaderBytes) refuse(path, "at least a header of 4096 bytes");
    std::memcpy(&header, file.data(), sizeof header);
    if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) refuse(path, "the first bytes ASSAYIDX");
    if (header.version != kVersion) {
        throw IoError("ExactIndex.open: expected format version 1, got " + std::to_string(header.version) + " in '" +
                      path.string() + "'; a newer Assay wrote it");
    }
    if (header.header_crc != crc_of(header)) refuse(path, "a header with its own checksum");
    if (header.dim < 1 || header.dim > kMostDim || header.rows > 0xffffffffu ||
        header.segment_rows != static_cast<std::uint32_t>(segment_rows(header.dim))) {
        refuse(path, "sizes within the limits");
    }
    return header;
}

/// Tells the system how the parts are read: codes in order, rows here and there.
void advise(const Segment& segment) {
    auto* base = const_cast<std::byte*>(segment.data());
    const SegmentLayout& layout = segment.layout();
    ::madvise(base + layout.vectors, static_cast<std::size_t>(layout.bytes - layout.vectors), MADV_RANDOM);
}

}  // namespace

void write_index(const std::filesystem::path& path, index dim, std::int64_t next_id,
                 const std::vector<Segment>& segments) {
    static_assert(std::endian::native == std::endian::little, "the file is little-endian");
    index rows = 0;
    for (const Segment& segment : segments) rows += segment.live_rows();
    std::error_code ignored;
    WholeFile file(std::filesystem::is_symlink(path, ignored) ? std::filesystem::weakly_canonical(path) : path);
    file.write(std::string(kHeaderBytes, '\0'));
    Packer packer(file, dim, rows);
    for (const Segment& segment : segments) packer.take(segment);
    const std::string checksums = packer.checksums();
    file.write(checksums);

    Header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = kVersion;
    header.dim = static_cast<std::uint32_t>(dim);
    header.rows = static_cast<std::uint64_t>(rows);
    header.next_id = next_id;
    header.segment_rows = static_cast<std::uint32_t>(segment_rows(dim));
    header.checksums_crc = crc32c(checksums);
    header.header_crc = crc_of(header);
    file.finish(text_of(&header, sizeof header));
}

OpenedIndex open_index(const std::filesystem::path& path, bool verify) {
    MappedFile file(path);
    const Header header = read_header(path, file);
    const auto dim = static_cast<index>(header.dim);
    const auto rows = static_cast<index>(header.rows);
    const SegmentLayout full(dim, segment_rows(dim));
    const index last_rows = rows % full.rows;
    const SegmentLayout last(dim, round_up(last_rows, kBlockRows));
    const index count = rows / full.rows + (last_rows > 0 ? 1 : 0);
    const index checksums_at = kHeaderBytes + rows / full.rows * full.bytes + (last_rows > 0 ? last.bytes : 0);
    if (file.size() != checksums_at + 4 * count) {
        refuse(path, std::to_string(checksums_at + 4 * count) + " bytes, got " + std::to_string(file.size()));
    }
    const std::string_view checksums = file.text().substr(static_cast<std::size_t>(checksums_at));
    if (crc32c(checksums) != header.checksums_crc) refuse(path, "sound checksums at the end");

    const auto* base = file.bytes().data() + kHeaderBytes;
    std::vector<Segment> segments;
    for (index i = 0; i < count; ++i) {
        const bool whole = i < rows / full.rows;
        segments.emplace_back(whole ? full : last, base + i * full.bytes, whole ? full.rows : last_rows);
    }
    parallel_for(count, 1, [&](index i, index) {
        const Segment& segment = segments[static_cast<std::size_t>(i)];
        std::uint32_t expected = 0;
        std::memcpy(&expected, checksums.data() + 4 * i, 4);
        if (verify && crc32c(text_of(segment.data(), segment.bytes())) != expected) {
            refuse(path, "the checksum of segment " + std::to_string(i));
        }
        if (!segment.has_sound_terms()) refuse(path, "sound bounds in segment " + std::to_string(i));
        advise(segment);
    });
    return {std::move(file), dim, header.next_id, std::move(segments)};
}

}  // namespace assay::models::search
