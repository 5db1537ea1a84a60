#pragma once

#include "assay/base/export.hpp"
#include "assay/data/image.hpp"

namespace assay::features {

/// Pillow's releases differ in which of rows and columns they work out first, and so in a few last bits: 13 takes
/// columns first where the height shrinks by more than twice of what the width does, 12.3 where a shrinking height is
/// over 100 times the width.
enum class PillowRelease : unsigned char { v12, v13 };

/// An image of another size by Pillow's bicubic filter, to the bit: `Image.resize((width, height), BICUBIC)`.
///
/// The cubic with a = -0.5, stretched over the source when it shrinks, along rows and along columns, each time rounded.
/// RGBA is resized with alpha multiplied in. The same size gives the same image. Runs on all threads.
/// @param pillow  whose bits
/// @throws ValueError if width or height is below 1 or above 2^24.   Cost: O(source × (1 + width / source width)).
/// Source: Keys 1981, equation 15; Pillow's documentation, "Concepts: Filters".
ASSAY_EXPORT data::Image resize_bicubic(const data::Image& image, index width, index height,
                                        PillowRelease pillow = PillowRelease::v13);

}  // namespace assay::features
