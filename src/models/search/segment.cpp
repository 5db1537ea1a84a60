#include "models/search/segment.hpp"

#include "assay/base/thread_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace assay::models::search {
namespace {

constexpr index kPage = 4096;
constexpr index kMostSegmentRows = 8192;
constexpr index kSegmentBytes = index{32} << 20;

}  // namespace

SegmentLayout::SegmentLayout(index dimensions, index capacity)
    : dim(dimensions),
      rows(capacity),
      scales(8 * rows),
      residuals(scales + 4 * rows),
      norms(residuals + 4 * rows),
      codes(round_up(norms + 4 * rows, kPage)),
      vectors(round_up(codes + rows * code_stride(dim), kPage)),
      bytes(round_up(vectors + rows * row_stride(dim) * 4, kPage)) {}

index segment_rows(index dim) {
    index rows = kMostSegmentRows;
    while (rows > kBlockRows && rows * 5 * code_stride(dim) > kSegmentBytes) rows /= 2;
    return rows;
}

Pages::Pages(index bytes, bool large) : bytes_(bytes) {
    const auto size = static_cast<std::size_t>(bytes);
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
    if (large) ::madvise(memory, size, MADV_HUGEPAGE);  // a hint; a tenth faster where it is taken
#else
    static_cast<void>(large);
#endif
    data_ = static_cast<std::byte*>(memory);
}

Pages::Pages(Pages&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Pages& Pages::operator=(Pages&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

Pages::~Pages() {
    if (data_ != nullptr) ::munmap(data_, static_cast<std::size_t>(bytes_));
}

Segment::Segment(const SegmentLayout& layout, bool large)
    : layout_(layout),
      pages_(layout.bytes, large),
      base_(pages_.data()),
      live_(static_cast<std::size_t>(layout.rows / 64)) {}

Segment::Segment(const SegmentLayout& layout, const std::byte* mapped, index size)
    : layout_(layout), base_(mapped), size_(size), live_rows_(size), live_(static_cast<std::size_t>(layout.rows / 64)) {
    for (index row = 0; row < size; ++row) live_[static_cast<std::size_t>(row / 64)] |= std::uint64_t{1} << (row % 64);
}

bool Segment::has_sound_terms() const noexcept {
    const auto sound = [](float value) { return value >= 0 && value <= 2 * static_cast<float>(kMostNorm); };
    const RowTerms all = terms(0);
    for (index row = 0; row < size_; ++row) {
        if (!sound(all.scales[row]) || !sound(all.residuals[row]) || !sound(all.norms[row])) return false;
    }
    return true;
}

std::uint8_t* Segment::codes_of(index row) noexcept {
    return part<std::uint8_t>(layout_.codes) + row / kGroupRows * kGroupRows * code_stride(layout_.dim) +
           row % kGroupRows * 4;
}

void Segment::write_row(index row, const float* values, std::span<std::int8_t> codes) {
    std::copy_n(values, layout_.dim, const_cast<float*>(vector(row)));
    const RowCode terms = code_row(values, layout_.dim, codes.data());
    part<float>(layout_.scales)[row] = terms.scale;
    part<float>(layout_.residuals)[row] = terms.residual;
    part<float>(layout_.norms)[row] = terms.norm;
    std::uint8_t* out = codes_of(row);
    for (std::size_t i = 0; i < codes.size(); i += 4, out += 4 * kGroupRows) {
        std::uint32_t four = 0;
        std::memcpy(&four, codes.data() + i, 4);
        four ^= 0x80808080u;  // plus 128, as two's complement has it
        std::memcpy(out, &four, 4);
    }
}

void Segment::set_live(index row) noexcept {
    live_[static_cast<std::size_t>(row / 64)] |= std::uint64_t{1} << (row % 64);
    ++live_rows_;
}

index Segment::append(const float* rows, const std::int64_t* ids, index count) {
    const index taken = std::min(count, layout_.rows - size_);
    std::copy_n(ids, taken, part<std::int64_t>(0) + size_);
    parallel_for(taken, 256, [&](index begin, index end) {
        std::vector<std::int8_t> codes(static_cast<std::size_t>(code_stride(layout_.dim)));
        for (index i = begin; i < end; ++i) write_row(size_ + i, rows + i * layout_.dim, codes);
    });
    for (index i = 0; i < taken; ++i) set_live(size_ + i);
    size_ += taken;
    return taken;
}

void Segment::append_from(const Segment& other, index row) {
    part<std::int64_t>(0)[size_] = other.id(row);
    const RowTerms from = other.terms(0);
    part<float>(layout_.scales)[size_] = from.scales[row];
    part<float>(layout_.residuals)[size_] = from.residuals[row];
    part<float>(layout_.norms)[size_] = from.norms[row];
    std::copy_n(other.vector(row), row_stride(layout_.dim), const_cast<float*>(vector(size_)));
    const std::uint8_t* in = const_cast<Segment&>(other).codes_of(row);
    std::uint8_t* out = codes_of(size_);
    for (index i = 0; i < code_stride(layout_.dim); i += 4) {
        std::memcpy(out + i * kGroupRows, in + i * kGroupRows, 4);
    }
    set_live(size_);
    ++size_;
}

void Segment::remove(index row) noexcept {
    live_[static_cast<std::size_t>(row / 64)] &= ~(std::uint64_t{1} << (row % 64));
    --live_rows_;
}

}  // namespace assay::models::search
