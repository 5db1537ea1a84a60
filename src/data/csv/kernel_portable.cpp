#include <bit>
#include <cstdint>
#include <string_view>

#include "data/csv/kernels.hpp"

namespace assay::data::csv {
namespace {

struct Isa {
    static std::uint64_t equal(const char* text, char c) {
        std::uint64_t bits = 0;
        for (int i = 0; i < 64; ++i) bits |= static_cast<std::uint64_t>(text[i] == c) << i;
        return bits;
    }
    static std::uint64_t high(const char* text) {
        std::uint64_t bits = 0;
        for (int i = 0; i < 64; ++i) bits |= static_cast<std::uint64_t>((text[i] & 0x80) != 0) << i;
        return bits;
    }
    static std::uint64_t prefix_xor(std::uint64_t bits) {
        for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
        return bits;
    }
};

#include "data/csv/structure_kernel.hpp"

}  // namespace

const Kernel portable_kernel{&find_quoted_cut, &index_blocks, nullptr};

}  // namespace assay::data::csv
