#include "assay/data/array_builder.hpp"

#include <limits>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::data {

void TextBuilder::append(std::string_view value) {
    values_.append(value.data(), static_cast<index>(value.size()));
    if (values_.size() > std::numeric_limits<std::int32_t>::max()) {
        throw ValueError("column: expected at most 2 GiB of text in one column; read the file in parts");
    }
    offsets_.push(static_cast<std::int32_t>(values_.size()));
    validity_.append_valid(length_++);
}

Array TextBuilder::finish() {
    const index nulls = validity_.null_count();
    Array out(type_, length_, {validity_.finish(), std::move(values_).freeze(), std::move(offsets_).freeze()}, nulls);
    *this = TextBuilder(type_);
    return out;
}

}  // namespace assay::data
