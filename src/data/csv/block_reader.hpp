#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/data/buffer.hpp"
#include "data/csv/byte_source.hpp"
#include "data/csv/structure.hpp"

namespace assay::data::csv {

/// A line longer than may be kept in memory.
struct LongLine {
    index length = 0;  ///< without the line end
    std::string head;  ///< its first kRawBytes
};

/// Bytes of an overlong row that the quarantine keeps.
inline constexpr index kRawBytes = index{64} << 10;

/// Whole rows of a file, in a buffer with readable bytes before and after them.
struct Block {
    index ordinal = 0;
    index byte_offset = 0;              ///< in the decoded file
    index end_position = 0;             ///< in the stored file
    Cut cut;                            ///< how its rows are found
    std::optional<LongLine> long_line;  ///< instead of rows

    static constexpr index kFront = 64;
    MutableBuffer buffer;
    index size = 0;

    char* data() { return buffer.as<char>() + kFront; }
    std::string_view bytes() { return {data(), static_cast<std::size_t>(size)}; }
};

/// Where rows begin and end in the decoded file.
struct RowRange {
    index first_byte = 0;       ///< of the first row
    index footnote_lines = -1;  ///< -1: to be detected
    index num_fields = 1;       ///< that a row should have
};

/// Cuts a file into blocks of whole rows, in order. One thread at a time.
class BlockReader {
  public:
    BlockReader(std::unique_ptr<ByteSource> source, Marks marks, RowRange range, index block_bytes,
                detail::CsvKernel kernel);

    /// False at the end. @throws IoError
    bool next(Block& block);

    /// Known after the last block.
    const std::vector<std::string>& footnotes() const noexcept { return footnotes_; }
    index position() const { return source_->position(); }

  private:
    void fill(Block& block, index target);
    bool cut(Block& block);
    void take_footnotes(Block& block);
    bool skip_long_line(Block& block);
    index held_back(std::string_view bytes) const;

    std::unique_ptr<ByteSource> source_;
    Marks marks_;
    RowRange range_;
    index block_bytes_;
    detail::CsvKernel kernel_;
    std::string carry_;  ///< the start of a row whose end was not read yet
    index offset_ = 0;
    index ordinal_ = 0;
    bool at_end_ = false;
    bool finished_ = false;
    std::vector<std::string> footnotes_;
};

}  // namespace assay::data::csv
