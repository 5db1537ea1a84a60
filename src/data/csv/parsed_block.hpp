#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "assay/data/bitmap.hpp"
#include "assay/data/buffer.hpp"

namespace assay::data::csv {

/// A row that goes to the quarantine.
struct RejectedRow {
    index line = 0;         ///< from the block's first line
    index byte_offset = 0;  ///< from the block's first byte
    index byte_length = 0;
    std::string rules;
    std::string columns;
    std::string raw;
};

/// Values of one column in one block.
struct ParsedColumn {
    MutableBuffer values;   ///< fixed-width values, one byte a flag, or characters
    MutableBuffer offsets;  ///< int32 [rows+1], text only
    std::vector<std::uint64_t> validity;
    std::vector<std::uint32_t> others;  ///< scratch: rows that a kernel left
    index null_count = 0;
    index num_chars = 0;
    unsigned seen = 0;          ///< inferred columns: what contradicts the guess, or widens it
    bool contradicted = false;  ///< the values are meaningless

    void reset(index rows) {
        validity.assign(static_cast<std::size_t>((rows + 63) / 64), ~std::uint64_t{0});
        null_count = num_chars = 0;
        seen = 0;
        contradicted = false;
    }
    void set_null(index row) {
        std::uint64_t& word = validity[static_cast<std::size_t>(row >> 6)];
        null_count += static_cast<index>((word >> (row & 63)) & 1);
        word &= ~(std::uint64_t{1} << (row & 63));
    }
    bool is_valid(index row) const { return (validity[static_cast<std::size_t>(row >> 6)] >> (row & 63)) & 1; }
};

/// What one block of rows became.
struct ParsedBlock {
    index ordinal = 0;
    index bytes = 0;         ///< of text
    index end_position = 0;  ///< of the file's bytes, when the block had been read
    index byte_offset = 0;
    index num_lines = 0;
    index rows_read = 0;
    index num_rows = 0;  ///< accepted
    std::vector<ParsedColumn> columns;
    std::vector<RejectedRow> rejected;
    std::vector<index> row_lines;  ///< of accepted rows, from the block's first line, where the plan asks for them
};

}  // namespace assay::data::csv
