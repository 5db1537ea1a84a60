#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/index.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/record.hpp"

/// The bytes of a journal segment: docs/adr/0005-journal.md. All numbers are little-endian.
namespace assay::tracking::detail {

inline constexpr std::uint16_t segment_version = 1;
inline constexpr index segment_header_size = 48;
inline constexpr index frame_header_size = 32;
inline constexpr index max_payload_size = 4 << 20;

/// Bytes above 0xF4 never occur in UTF-8, so that no payload holds the mark by accident.
inline constexpr std::array<char, 4> frame_mark{'\xFA', 'A', 'J', '\xF5'};

struct SegmentHeader {
    std::uint16_t version = segment_version;
    std::uint32_t part = 0;                  ///< 0, 1, … within one writer
    std::array<unsigned char, 16> writer{};  ///< random; the same in every part of one writer
    Timestamp created;
};

std::string encode_header(const SegmentHeader& header);

/// Nothing where the bytes are too few, of another kind of file, or damaged.
std::optional<SegmentHeader> decode_header(std::string_view bytes);

/// Writes a frame of `frame_header_size + payload.size()` bytes to `out`.
void write_frame(char* out, RecordKind kind, std::uint64_t sequence, Timestamp time, std::string_view payload) noexcept;

/// A record as it lies in a segment; `payload` points into the bytes that were scanned.
struct Frame {
    RecordKind kind{};
    std::uint64_t sequence = 0;
    Timestamp time;
    index offset = 0;
    std::string_view payload;
};

/// The frame that begins at `offset`, or nothing where none does or its checksum is wrong.
std::optional<Frame> read_frame(std::string_view bytes, index offset) noexcept;

/// Bytes that hold no valid record although one was written there.
struct Damage {
    index offset = 0;
    index bytes = 0;
    std::uint64_t records_missing = 0;  ///< by the gap in the sequence numbers; 0 where it cannot be known
};

struct SegmentScan {
    std::vector<Frame> frames;
    std::vector<Damage> damage;             ///< between valid records
    index valid_end = segment_header_size;  ///< end of the last valid record
    bool torn = false;    ///< bytes other than 0 follow `valid_end`: a record that was not written to its end
    bool closed = false;  ///< the writer closed the segment in order
};

/// Finds every valid record; what is damaged is skipped up to the next valid one.
/// @param bytes  the whole segment, header included.   Cost: O(bytes), 1–2 GB/s.
SegmentScan scan_segment(std::string_view bytes);

}  // namespace assay::tracking::detail
