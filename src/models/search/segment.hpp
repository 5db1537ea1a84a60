#pragma once

#include "models/search/quantise.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::models::search {

/// Where the parts of a segment lie, in memory as in a file: ids, scales, residuals, norms, codes, rows.
struct SegmentLayout {
    SegmentLayout(index dim, index rows);

    index dim;
    index rows;    ///< room for this many, a multiple of kBlockRows
    index scales;  ///< byte offsets
    index residuals;
    index norms;
    index codes;    ///< at a page
    index vectors;  ///< at a page
    index bytes;    ///< whole pages
};

/// Rows of a full segment: a power of two, so that a segment takes about 32 MiB or less.
index segment_rows(index dim);

/// Pages of memory, zero until written. Movable.
class Pages {
  public:
    Pages() noexcept = default;
    /// @param large  in large pages where the system has them: for what will be full
    Pages(index bytes, bool large);
    Pages(Pages&& other) noexcept;
    Pages& operator=(Pages&& other) noexcept;
    ~Pages();
    std::byte* data() const noexcept { return data_; }

  private:
    std::byte* data_ = nullptr;
    index bytes_ = 0;
};

/// A run of rows: 8-bit copies, bounds, the rows themselves, and which of them are live.
class Segment {
  public:
    /// An empty one with memory of its own. @param large  see Pages
    explicit Segment(const SegmentLayout& layout, bool large = false);
    /// One in mapped memory, which outlives it, full of live rows. @param size  rows
    Segment(const SegmentLayout& layout, const std::byte* mapped, index size);

    index size() const noexcept { return size_; }
    bool has_room() const noexcept { return pages_.data() != nullptr && size_ < layout_.rows; }
    bool all_live() const noexcept { return live_rows_ == size_; }
    index live_rows() const noexcept { return live_rows_; }
    bool live(index row) const noexcept { return live_[static_cast<std::size_t>(row / 64)] >> (row % 64) & 1; }
    std::span<const std::uint64_t> live_bits() const noexcept { return live_; }
    index bytes() const noexcept { return layout_.bytes; }
    const SegmentLayout& layout() const noexcept { return layout_; }
    const std::byte* data() const noexcept { return base_; }

    std::int64_t id(index row) const noexcept { return part<std::int64_t>(0)[row]; }
    const float* vector(index row) const noexcept {
        return part<float>(layout_.vectors) + row * row_stride(layout_.dim);
    }
    const std::uint8_t* block(index number) const noexcept {
        return part<std::uint8_t>(layout_.codes) + number * kBlockRows * code_stride(layout_.dim);
    }
    RowTerms terms(index block) const noexcept {
        return {part<float>(layout_.scales) + block * kBlockRows, part<float>(layout_.residuals) + block * kBlockRows,
                part<float>(layout_.norms) + block * kBlockRows};
    }
    /// Whether all bounds are such as `append` writes; a damaged file's need not be.
    bool has_sound_terms() const noexcept;

    /// Appends checked rows as far as there is room. @return  how many. Cost: O(n·dim), on all threads.
    index append(const float* rows, const std::int64_t* ids, index count);
    /// Copies one live row of another segment, its codes as they are.
    void append_from(const Segment& other, index row);
    void remove(index row) noexcept;

  private:
    template <class T>
    T* part(index offset) const noexcept {
        return reinterpret_cast<T*>(const_cast<std::byte*>(base_) + offset);
    }
    std::uint8_t* codes_of(index row) noexcept;
    void write_row(index row, const float* values, std::span<std::int8_t> codes);
    void set_live(index row) noexcept;

    SegmentLayout layout_;
    Pages pages_;
    const std::byte* base_;
    index size_ = 0;
    index live_rows_ = 0;
    std::vector<std::uint64_t> live_;
};

}  // namespace assay::models::search
