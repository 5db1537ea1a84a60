#pragma once

#include <functional>

#include "assay/base/index.hpp"

// What is done where a device's memory is too small, and what libtorch's errors become.
namespace assay::models::detail {

/// Runs work(first, count) over [0, total) in pieces of at most `most`; a piece for which the device's memory is too
/// small is tried again in halves. What libtorch throws comes out as StateError.
void in_pieces(const char* where, index total, index most, const std::function<void(index, index)>& work);

/// Runs work(), which brings `what` to the device; what libtorch throws and a lack of memory come out as StateError.
void loading(const char* what, const std::function<void()>& work);

}  // namespace assay::models::detail
