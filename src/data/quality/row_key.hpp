#pragma once

#include <string>
#include <string_view>

#include "assay/data/array.hpp"

namespace assay::data::detail {

/// Appends bytes that are equal exactly where the values are; nulls are equal to each other and to nothing else.
inline void append_key(std::string& key, const Array& column, index i) {
    if (column.is_null(i)) {
        key += '\0';
        return;
    }
    key += '\1';
    if (is_variable_width(column.type())) {
        const std::string_view text = column.text(i);
        const auto size = static_cast<std::uint64_t>(text.size());  // the length keeps ("a","bc") and ("ab","c") apart
        key.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(text);
    } else if (column.type() == Type::Bool) {
        key += column.flag(i) ? 't' : 'f';
    } else {
        const auto width = static_cast<std::size_t>(width_of(column.type()));
        key.append(column.buffers().values.as<char>() + static_cast<std::size_t>(column.offset() + i) * width, width);
    }
}

}  // namespace assay::data::detail
