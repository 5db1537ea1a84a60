#pragma once

#include <cstdint>
#include <string_view>

#include "assay/base/index.hpp"

namespace assay::data::csv {

/// Rows with the right number of fields: first field of each, by Structure's numbering.
struct FieldRows {
    const char* data = nullptr;  ///< Block::kFront readable bytes before it
    const std::uint32_t* ends = nullptr;
    const std::uint32_t* first = nullptr;
    index rows = 0;
    index fields = 0;        ///< in each row
    bool cr_at_end = false;  ///< a CR may end the last field

    std::string_view field(index row, index column) const {
        const std::uint32_t* end = ends + first[row] + column;
        const std::uint32_t begin = end[-1] + 1;
        std::size_t size = *end - begin;
        if (cr_at_end && column + 1 == fields && size > 0 && data[begin + size - 1] == '\r') --size;
        return {data + begin, size};
    }
};

}  // namespace assay::data::csv
