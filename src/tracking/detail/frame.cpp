#include "assay/tracking/detail/frame.hpp"

#include <bit>

#include "assay/base/crc32c.hpp"

namespace assay::tracking::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "the journal is written little-endian");

constexpr std::array<char, 8> segment_magic{'A', 'S', 'S', 'A', 'Y', 'J', 'N', 'L'};

// Places within a frame header.
constexpr index crc_at = 4, length_at = 8, kind_at = 12, sequence_at = 16, time_at = 24;

template <typename T>
void put(char* out, T value) noexcept {
    std::memcpy(out, &value, sizeof value);
}

template <typename T>
T get(const char* in) noexcept {
    T value;
    std::memcpy(&value, in, sizeof value);
    return value;
}

std::uint32_t frame_crc(const char* frame, index payload_size) noexcept {
    return crc32c({frame + length_at, static_cast<std::size_t>(frame_header_size - length_at + payload_size)});
}

}  // namespace

std::string encode_header(const SegmentHeader& header) {
    std::string out(static_cast<std::size_t>(segment_header_size), '\0');
    std::memcpy(out.data(), segment_magic.data(), segment_magic.size());
    put(out.data() + 8, header.version);
    put(out.data() + 10, static_cast<std::uint16_t>(segment_header_size));
    put(out.data() + 12, header.part);
    std::memcpy(out.data() + 16, header.writer.data(), header.writer.size());
    put(out.data() + 32, header.created.micros());
    put(out.data() + 44, crc32c({out.data(), 44}));
    return out;
}

std::optional<SegmentHeader> decode_header(std::string_view bytes) {
    if (static_cast<index>(bytes.size()) < segment_header_size) return std::nullopt;
    if (std::memcmp(bytes.data(), segment_magic.data(), segment_magic.size()) != 0) return std::nullopt;
    if (get<std::uint32_t>(bytes.data() + 44) != crc32c(bytes.substr(0, 44))) return std::nullopt;
    SegmentHeader header;
    header.version = get<std::uint16_t>(bytes.data() + 8);
    header.part = get<std::uint32_t>(bytes.data() + 12);
    std::memcpy(header.writer.data(), bytes.data() + 16, header.writer.size());
    header.created = Timestamp{get<std::int64_t>(bytes.data() + 32)};
    return header;
}

void write_frame(char* out, RecordKind kind, std::uint64_t sequence, Timestamp time,
                 std::string_view payload) noexcept {
    put(out + length_at, static_cast<std::uint32_t>(payload.size()));
    put(out + kind_at, static_cast<std::uint32_t>(kind));
    put(out + sequence_at, sequence);
    put(out + time_at, time.micros());
    if (!payload.empty()) std::memcpy(out + frame_header_size, payload.data(), payload.size());
    put(out + crc_at, frame_crc(out, static_cast<index>(payload.size())));
    std::memcpy(out, frame_mark.data(), frame_mark.size());
}

std::optional<Frame> read_frame(std::string_view bytes, index offset) noexcept {
    const index rest = static_cast<index>(bytes.size()) - offset;
    if (offset < 0 || rest < frame_header_size) return std::nullopt;
    const char* at = bytes.data() + offset;
    if (std::memcmp(at, frame_mark.data(), frame_mark.size()) != 0) return std::nullopt;
    const index length = get<std::uint32_t>(at + length_at);
    if (length > max_payload_size || length > rest - frame_header_size) return std::nullopt;
    if (get<std::uint32_t>(at + crc_at) != frame_crc(at, length)) return std::nullopt;
    return Frame{static_cast<RecordKind>(get<std::uint8_t>(at + kind_at)),
                 get<std::uint64_t>(at + sequence_at),
                 Timestamp{get<std::int64_t>(at + time_at)},
                 offset,
                 {at + frame_header_size, static_cast<std::size_t>(length)}};
}

SegmentScan scan_segment(std::string_view bytes) {
    SegmentScan scan;
    const std::string_view mark{frame_mark.data(), frame_mark.size()};
    std::uint64_t expected = 0;
    for (index at = segment_header_size;;) {
        const auto found = bytes.find(mark, static_cast<std::size_t>(at));
        if (found == std::string_view::npos) break;
        const auto frame = read_frame(bytes, static_cast<index>(found));
        if (!frame) {
            at = static_cast<index>(found) + 1;
            continue;
        }
        const bool gap = expected != 0 && frame->sequence > expected;
        if (frame->offset > scan.valid_end || gap) {
            scan.damage.push_back(
                {scan.valid_end, frame->offset - scan.valid_end, gap ? frame->sequence - expected : 0});
        }
        scan.valid_end = frame->offset + frame_header_size + static_cast<index>(frame->payload.size());
        at = scan.valid_end;
        expected = frame->sequence + 1;
        scan.closed = frame->kind == RecordKind::segment_end;
        if (!scan.closed) scan.frames.push_back(*frame);
    }
    const auto tail = bytes.substr(std::min(bytes.size(), static_cast<std::size_t>(scan.valid_end)));
    scan.torn = tail.find_first_not_of('\0') != std::string_view::npos;
    return scan;
}

}  // namespace assay::tracking::detail
