// What every reading of laboratory results must be, whatever the bytes.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "assay/data/laboratory/reading.hpp"

inline void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

/// Whether the bytes are UTF-8 (the plain way, beside the library's own).
inline bool is_plain_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto at = [&](std::size_t k) {
            return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
        };
        const unsigned c = at(0);
        const std::size_t more = c < 0x80                ? 0
                                 : c >= 0xC2 && c < 0xE0 ? 1
                                 : c >= 0xE0 && c < 0xF0 ? 2
                                 : c >= 0xF0 && c < 0xF5 ? 3
                                                         : 9;
        if (more == 9) return false;
        for (std::size_t k = 1; k <= more; ++k) {
            if ((at(k) & 0xC0) != 0x80) return false;
        }
        i += more + 1;
    }
    return true;
}

inline void check_rows(const assay::data::Table& rows) {
    using assay::index;
    for (index c = 0; c < rows.num_columns(); ++c) {
        const assay::data::Array& column = rows.column(c);
        for (index row = 0; row < rows.num_rows(); ++row) {
            if (column.is_null(row)) continue;
            if (column.type() == assay::data::Type::Utf8)
                require(is_plain_utf8(column.text(row)), "a text that is no UTF-8");
            if (column.type() == assay::data::Type::Float64) {
                require(std::isfinite(*column.get<double>(row)), "a value that is not finite");
            }
        }
    }
    for (index row = 0; row < rows.num_rows(); ++row) {
        require(!rows.column("patient_id").text(row).empty(), "a result of nobody");
        const bool has_value = rows.column("value").is_valid(row);
        require(has_value || rows.column("text").is_valid(row) || rows.column("absent_reason").is_valid(row),
                "a result without value, text or reason");
        require(has_value || rows.column("comparator").is_null(row), "a comparator of nothing");
    }
}

/// Nothing lost, nothing made up: refused bytes stand in the input where the quarantine says.
inline void check_reading(const assay::data::ResultsReading& reading, std::string_view input) {
    require(reading.rows.num_rows() + reading.superseded.num_rows() + reading.rejected.num_rows() == reading.rows_read,
            "results were lost");
    check_rows(reading.rows);
    check_rows(reading.superseded);
    const assay::data::Table& rejected = reading.rejected.table();
    for (assay::index row = 0; row < rejected.num_rows(); ++row) {
        const auto offset = static_cast<std::size_t>(*rejected.column("byte_offset").get<std::int64_t>(row));
        const std::string_view raw = rejected.column("raw").text(row);
        require(offset <= input.size() && input.substr(offset, raw.size()) == raw,
                "refused bytes that are not the input's");
        require(!rejected.column("rules").text(row).empty(), "refused without a rule");
    }
}
