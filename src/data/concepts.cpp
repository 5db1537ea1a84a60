#include "assay/data/concepts.hpp"

#include <string>

#include "assay/base/error.hpp"

namespace assay::data::detail {

void throw_strided() {
    throw ShapeError(
        "as_span: expected values without gaps, got a view with a stride; evaluate it into a vector first");
}

void throw_nulls(index null_count) {
    throw ValueError("column: expected values without nulls, got " + std::to_string(null_count) +
                     "; drop those rows, or read values() together with validity()");
}

}  // namespace assay::data::detail
