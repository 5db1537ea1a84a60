#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "assay/base/crc32c.hpp"
#include "assay/base/error.hpp"

namespace assay::features::detail {

static_assert(std::endian::native == std::endian::little, "numbers are kept as they lie in memory");

template <class T>
void append_number(std::string& bytes, T number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

inline void append_text(std::string& bytes, std::string_view text) {
    append_number(bytes, static_cast<std::uint64_t>(text.size()));
    bytes.append(text);
}

/// The bytes with their checksum behind them.
inline std::string sealed(std::string bytes) {
    append_number(bytes, crc32c(bytes));
    return bytes;
}

/// Reads what to_bytes() of a state wrote; anything else is an error and never a state.
class ByteReader {
  public:
    /// @throws ValueError the magic or the checksum is another one
    ByteReader(std::string_view bytes, std::string_view magic, const char* what) : bytes_(bytes), what_(what) {
        if (bytes.size() < magic.size() + 4 || !bytes.starts_with(magic)) refuse("something else");
        std::uint32_t checksum;
        std::memcpy(&checksum, bytes.data() + bytes.size() - 4, 4);
        bytes_.remove_suffix(4);
        if (crc32c(bytes_) != checksum) refuse("a wrong checksum");
        bytes_.remove_prefix(magic.size());
    }

    template <class T>
    T number() {
        T value;
        if (bytes_.size() < sizeof value) refuse("another length");
        std::memcpy(&value, bytes_.data(), sizeof value);
        bytes_.remove_prefix(sizeof value);
        return value;
    }
    std::string_view text() {
        const auto size = number<std::uint64_t>();
        if (size > bytes_.size()) refuse("another length");
        const std::string_view text = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return text;
    }
    void expect_end() const {
        if (!bytes_.empty()) refuse("another length");
    }
    void expect(bool sound) const {
        if (!sound) refuse("values that cannot be");
    }
    std::size_t left() const noexcept { return bytes_.size(); }

  private:
    [[noreturn]] void refuse(const char* found) const {
        throw ValueError(std::string(what_) + ": expected the bytes that to_bytes() wrote, got " + found);
    }

    std::string_view bytes_;
    const char* what_;
};

}  // namespace assay::features::detail
