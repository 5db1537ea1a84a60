#include "assay/base/crc32c.hpp"

#include "assay/base/detail/crc32c_kernels.hpp"
#include "assay/base/detail/load.hpp"

#include <array>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace assay {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() noexcept {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0u);
        tables[0][byte] = crc;
    }
    for (std::size_t k = 1; k < 8; ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t crc = tables[k - 1][byte];
            tables[k][byte] = crc >> 8 ^ tables[0][crc & 0xFF];
        }
    }
    return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

namespace detail {

std::uint32_t crc32c_software(std::string_view bytes, std::uint32_t previous) noexcept {
    std::uint32_t crc = ~previous;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        const std::uint64_t word = load_first_low(bytes.data()) ^ crc;
        crc = 0;
        for (std::size_t k = 0; k < 8; ++k) crc ^= tables[7 - k][word >> (8 * k) & 0xFF];
    }
    for (const char byte : bytes) crc = crc >> 8 ^ tables[0][(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
    return ~crc;
}

#if defined(__x86_64__)

bool has_crc32c_hardware() noexcept { return __builtin_cpu_supports("sse4.2"); }

__attribute__((target("sse4.2"))) std::uint32_t crc32c_hardware(std::string_view bytes,
                                                                std::uint32_t previous) noexcept {
    std::uint64_t crc = ~previous;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) crc = _mm_crc32_u64(crc, load_first_low(bytes.data()));
    auto low = static_cast<std::uint32_t>(crc);
    for (const char byte : bytes) low = _mm_crc32_u8(low, static_cast<unsigned char>(byte));
    return ~low;
}

#else

bool has_crc32c_hardware() noexcept { return false; }

std::uint32_t crc32c_hardware(std::string_view bytes, std::uint32_t previous) noexcept {
    return crc32c_software(bytes, previous);
}

#endif

}  // namespace detail

std::uint32_t crc32c(std::string_view bytes, std::uint32_t previous) noexcept {
    static const bool hardware = detail::has_crc32c_hardware();
    return hardware ? detail::crc32c_hardware(bytes, previous) : detail::crc32c_software(bytes, previous);
}

}  // namespace assay
