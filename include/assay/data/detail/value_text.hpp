#pragma once

#include <string>

#include "assay/data/array.hpp"

namespace assay::data::detail {

/// The value of row i as text: numbers in the shortest form that reads back to the same bits, true and false, ISO 8601
/// days and UTC moments, bytes as they are; nothing where null.
std::string value_text(const Array& column, index i);

}  // namespace assay::data::detail
