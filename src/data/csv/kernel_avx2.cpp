#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>
#include <cstdint>
#include <string_view>

#include "data/csv/kernels.hpp"

#define ASSAY_TARGET "avx2,bmi,bmi2,lzcnt,popcnt,pclmul"
namespace assay::data::csv {
namespace {
#include "data/csv/target_begin.hpp"

struct Isa {
    static std::uint64_t join(__m256i low, __m256i high) {
        return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
               static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(high))) << 32;
    }
    static __m256i load(const char* text) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text)); }
    static std::uint64_t equal(const char* text, char c) {
        const __m256i wanted = _mm256_set1_epi8(c);
        return join(_mm256_cmpeq_epi8(load(text), wanted), _mm256_cmpeq_epi8(load(text + 32), wanted));
    }
    static std::uint64_t high(const char* text) { return join(load(text), load(text + 32)); }
    static std::uint64_t prefix_xor(std::uint64_t bits) {
        const __m128i product =
            _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(bits)), _mm_set1_epi8(-1), 0);
        return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
    }
};

#include "data/csv/structure_kernel.hpp"
#include "data/csv/target_end.hpp"
}  // namespace

const Kernel avx2_kernel{&find_quoted_cut, &index_blocks, nullptr};

}  // namespace assay::data::csv
#endif
