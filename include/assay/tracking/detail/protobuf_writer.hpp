#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::tracking::detail {

/// A protobuf message in its wire format, field by field.
/// Source: protobuf.dev, "Encoding".
class ProtobufWriter {
  public:
    void bytes(unsigned field, std::string_view value) {
        tag(field, 2);
        varint(value.size());
        out_ += value;
    }
    void message(unsigned field, const ProtobufWriter& value) { bytes(field, value.out_); }
    void unsigned_integer(unsigned field, std::uint64_t value) {
        tag(field, 0);
        varint(value);
    }
    void integer(unsigned field, std::int64_t value) { unsigned_integer(field, static_cast<std::uint64_t>(value)); }
    void fixed64(unsigned field, std::uint64_t value) {
        tag(field, 1);
        for (int shift = 0; shift < 64; shift += 8) out_ += static_cast<char>(value >> shift & 0xFF);
    }
    void number(unsigned field, double value) { fixed64(field, std::bit_cast<std::uint64_t>(value)); }

    const std::string& text() const noexcept { return out_; }
    std::string take() { return std::move(out_); }

  private:
    void tag(unsigned field, unsigned wire_type) { varint(std::uint64_t{field} << 3 | wire_type); }
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) out_ += static_cast<char>((value & 0x7F) | 0x80);
        out_ += static_cast<char>(value);
    }

    std::string out_;
};

}  // namespace assay::tracking::detail
