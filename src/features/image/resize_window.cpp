#include "assay/features/detail/resize_window.hpp"

#include <algorithm>
#include <vector>

#include "assay/base/thread_pool.hpp"
#include "features/image/axis_filter.hpp"

namespace assay::features::detail {
namespace {

constexpr index kTilesOfBlock = 4;
constexpr index kRowsOfBlock = 16;

index rounded_up(index n, index step) { return (n + step - 1) / step * step; }

/// a · b / 255, rounded, as Pillow does it.
std::uint8_t times_alpha(std::uint8_t value, std::uint8_t alpha) {
    const unsigned product = static_cast<unsigned>(value) * alpha + 128;
    return static_cast<std::uint8_t>(((product >> 8) + product) >> 8);
}

void multiply_alpha(const std::uint8_t* from, index width, std::uint8_t* to) {
    for (index x = 0; x < width; ++x, from += 4, to += 4) {
        for (int k = 0; k < 3; ++k) to[k] = times_alpha(from[k], from[3]);
        to[3] = from[3];
    }
}

/// Between the passes: words of four rows, a plane for each channel.
struct Middle {
    std::vector<std::uint32_t> words;
    index first_tile = 0;
    index tiles = 0;
    index stride = 0;
    index plane = 0;
};

/// Columns of the source that the window's results take; the first one begins a word.
struct SourceColumns {
    explicit SourceColumns(const AxisFilter& across)
        : first(across.first_sample / 4 * 4), count(across.end_sample - first) {}

    index first;
    index count;
};

/// The first pass over one tile of rows.
class TileResizer {
  public:
    TileResizer(const data::Image& image, SourceColumns columns, const PackedFilter& filter, bool with_alpha,
                const ImageKernels& kernels)
        : image_(image), columns_(columns), filter_(filter), with_alpha_(with_alpha), kernels_(kernels) {
        layout_ = {image.channels(), rounded_up(columns.count, 16) / 4, columns.count};
        tile_.resize(static_cast<std::size_t>(layout_.channels * layout_.groups * kTileRows));
        if (with_alpha) scratch_.resize(static_cast<std::size_t>(kTileRows * columns.count * 4));
    }

    void run(index tile, Middle& middle) {
        const std::uint8_t* rows[kTileRows];
        for (index k = 0; k < kTileRows; ++k) {
            // Rows past the last are never used; any will do.
            rows[k] =
                image_.row(std::min(tile * kTileRows + k, image_.height() - 1)) + columns_.first * image_.channels();
            if (with_alpha_) {
                std::uint8_t* to = scratch_.data() + k * columns_.count * 4;
                multiply_alpha(rows[k], columns_.count, to);
                rows[k] = to;
            }
        }
        kernels_.load_tile(rows, layout_, tile_.data());
        const index results = static_cast<index>(filter_.taps.size());
        for (index channel = 0; channel < layout_.channels; ++channel) {
            kernels_.horizontal(
                tile_.data() + channel * layout_.groups * kTileRows, filter_.taps.data(), filter_.packed.data(),
                results, middle.words.data() + channel * middle.plane + (tile - middle.first_tile) * 4 * middle.stride,
                middle.stride);
        }
    }

  private:
    const data::Image& image_;
    SourceColumns columns_;
    const PackedFilter& filter_;
    bool with_alpha_;
    const ImageKernels& kernels_;
    TileLayout layout_;
    std::vector<std::uint32_t> tile_;
    std::vector<std::uint8_t> scratch_;
};

/// Rows, then columns.
void resize_byte_rows(const data::Image& image, const ResizeWindow& window, bool with_alpha, const ByteRow& take) {
    const ImageKernels& kernels = image_kernels();
    const AxisFilter across = bicubic_filter(image.width(), window.resized_width, window.left, window.width);
    const AxisFilter down = bicubic_filter(image.height(), window.resized_height, window.top, window.height);
    Middle middle;
    middle.first_tile = down.first_sample / kTileRows;
    middle.tiles = (down.end_sample + kTileRows - 1) / kTileRows - middle.first_tile;
    middle.stride = rounded_up(window.width, 16);
    middle.plane = middle.tiles * 4 * middle.stride;
    middle.words.resize(static_cast<std::size_t>(image.channels() * middle.plane));

    const SourceColumns source(across);
    const PackedFilter rows = packed(across, source.first / 4, kernels);
    parallel_for(middle.tiles, kTilesOfBlock, [&](index begin, index end) {
        TileResizer resizer(image, source, rows, with_alpha, kernels);
        for (index tile = begin; tile < end; ++tile) resizer.run(middle.first_tile + tile, middle);
    });

    const PackedFilter columns = packed(down, middle.first_tile * 4, kernels);
    parallel_for(window.height, kRowsOfBlock, [&](index begin, index end) {
        std::vector<std::uint8_t> planes(static_cast<std::size_t>(image.channels() * middle.stride));
        for (index y = begin; y < end; ++y) {
            for (index channel = 0; channel < image.channels(); ++channel) {
                kernels.vertical(middle.words.data() + channel * middle.plane, middle.stride,
                                 columns.taps[static_cast<std::size_t>(y)], columns.packed.data(),
                                 planes.data() + channel * middle.stride);
            }
            take(y, planes.data(), middle.stride);
        }
    });
}

void resize_deep_rows(const data::Image& image, const ResizeWindow& window, const DeepRow& take) {
    const ImageKernels& kernels = image_kernels();
    AxisFilter across = bicubic_filter(image.width(), window.resized_width, window.left, window.width);
    AxisFilter down = bicubic_filter(image.height(), window.resized_height, window.top, window.height);
    const index first_column = across.first_sample;
    const index columns = across.end_sample - first_column;
    for (SampleTaps& taps : across.taps) taps.first -= first_column;
    const index first_row = down.first_sample;
    const index tiles = (down.end_sample - first_row + kDeepTileRows - 1) / kDeepTileRows;
    const index stride = rounded_up(window.width, 8);
    std::vector<std::uint16_t> middle(static_cast<std::size_t>(tiles * kDeepTileRows * stride));
    parallel_for(tiles, kTilesOfBlock, [&](index begin, index end) {
        std::vector<double> tile(static_cast<std::size_t>(columns * kDeepTileRows));
        for (index i = begin; i < end; ++i) {
            const std::uint16_t* rows[kDeepTileRows];
            for (index k = 0; k < kDeepTileRows; ++k) {
                rows[k] = image.row16(std::min(first_row + i * kDeepTileRows + k, image.height() - 1)) + first_column;
            }
            kernels.deep_horizontal(rows, columns, across.taps.data(), across.coefficients.data(), window.width,
                                    tile.data(), middle.data() + i * kDeepTileRows * stride, stride);
        }
    });
    for (SampleTaps& taps : down.taps) taps.first -= first_row;
    parallel_for(window.height, kRowsOfBlock, [&](index begin, index end) {
        std::vector<std::uint16_t> row(static_cast<std::size_t>(stride));
        for (index y = begin; y < end; ++y) {
            kernels.deep_vertical(middle.data(), stride, down.taps[static_cast<std::size_t>(y)],
                                  down.coefficients.data(), row.data());
            take(y, row.data());
        }
    });
}

/// The window's rows in the image's own width, and what is then left to do.
ResizeWindow columns_of(const data::Image& image, const ResizeWindow& window) {
    return {image.width(), window.resized_height, 0, window.top, image.width(), window.height};
}
ResizeWindow rows_of(const ResizeWindow& window) {
    return {window.resized_width, window.height, window.left, 0, window.width, window.height};
}

}  // namespace

void resize_bytes(const data::Image& image, const ResizeWindow& window, const ByteRow& take) {
    const bool same = window.resized_width == image.width() && window.resized_height == image.height();
    const bool with_alpha = image.mode() == data::ImageMode::rgba && !same;
    if (!columns_first(image, window)) return resize_byte_rows(image, window, with_alpha, take);
    const index row_bytes = image.width() * image.channels();
    data::MutableBuffer pixels(window.height * row_bytes);
    resize_byte_rows(image, columns_of(image, window), with_alpha,
                     [&](index y, const std::uint8_t* planes, index stride) {
                         std::uint8_t* to = pixels.as<std::uint8_t>() + y * row_bytes;
                         for (index x = 0; x < image.width(); ++x) {
                             for (index k = 0; k < image.channels(); ++k) *to++ = planes[k * stride + x];
                         }
                     });
    const data::Image between(image.mode(), image.width(), window.height, std::move(pixels).freeze());
    resize_byte_rows(between, rows_of(window), false, take);
}

void resize_deep(const data::Image& image, const ResizeWindow& window, const DeepRow& take) {
    if (!columns_first(image, window)) return resize_deep_rows(image, window, take);
    data::MutableBuffer pixels(window.height * image.width() * 2);
    resize_deep_rows(image, columns_of(image, window), [&](index y, const std::uint16_t* samples) {
        std::copy_n(samples, image.width(), pixels.as<std::uint16_t>() + y * image.width());
    });
    const data::Image between(image.mode(), image.width(), window.height, std::move(pixels).freeze());
    resize_deep_rows(between, rows_of(window), take);
}

}  // namespace assay::features::detail
