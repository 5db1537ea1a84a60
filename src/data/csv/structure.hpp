#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "assay/data/detail/csv_tuning.hpp"

// Where the fields and rows of a block lie.
//
// A quote opens a field only as its first character, and closes it only before a delimiter or a line end; inside, two
// quotes are one. Quotes elsewhere are text (5'11"). Where all quotes of a block obey (or it has none) its structure
// comes from bit masks, 64 bytes at a time: the inside of quoted fields is the prefix XOR of the quote bits. Any quote
// out of place sends the block to the careful scanner, one character at a time, which defines what is right.
namespace assay::data::csv {

/// The characters that give a file its structure.
struct Marks {
    char delimiter = ',';
    char quote = '"';     ///< '\0': none
    char newline = '\n';  ///< with '\n' a CR before it belongs to the line end
    index max_row_bytes = index{16} << 20;

    bool cr_before_newline() const noexcept { return newline == '\n'; }
};

/// Readable bytes that must follow every block given to the functions below.
inline constexpr index kPadding = 128;

enum class Quoting : std::uint8_t {
    None,        ///< no quote in the block
    WellPlaced,  ///< every quote where RFC 4180 allows one
    Careful,     ///< anything; also rows that may be too long
};

enum class RowFault : std::uint8_t { None, Quote, TooLong };

struct RowFlag {
    std::uint32_t row;  ///< among all lines of the block
    RowFault fault;
};

/// A row that the careful scanner ended at its first line end. Only the reader, which sees what follows a block, can
/// tell why.
struct FaultyRow {
    index begin;
    RowFault fault;
};

/// Fields and rows of one block. Field k spans from ends()[k-1]+1 to ends()[k]; row i ends with field row_last()[i].
class Structure {
  public:
    /// Room for a block of that size; keeps the memory of earlier blocks.
    void reset(index block_bytes);

    /// [-1 .. num_fields), with ends()[-1] == -1.
    const std::uint32_t* ends() const noexcept { return ends_.get() + 1; }
    const std::uint32_t* row_last() const noexcept { return row_last_.get(); }

    std::uint32_t* ends() noexcept { return ends_.get() + 1; }
    std::uint32_t* row_last() noexcept { return row_last_.get(); }

    index num_fields = 0;
    index num_rows = 0;
    bool has_high_bytes = false;  ///< bytes above 0x7F
    std::vector<RowFlag> flags;   ///< rows with a fault, in order

  private:
    std::unique_ptr<std::uint32_t[]> ends_;
    std::unique_ptr<std::uint32_t[]> row_last_;
    index capacity_ = 0;
};

/// How the rows of [0, size) can be found, and where the last whole one ends (0: nowhere).
struct Cut {
    Quoting quoting = Quoting::None;
    index end = 0;
    std::vector<FaultyRow> faults{};
};

/// Where the last row ends that is whole whatever follows. `at_end`: nothing follows.
Cut find_cut(std::string_view bytes, const Marks& marks, bool at_end, detail::CsvKernel kernel);

/// Fields and rows of a block of whole rows, cut as find_cut said.
void find_structure(std::string_view block, const Marks& marks, const Cut& cut, detail::CsvKernel kernel,
                    Structure& out);

/// The kernel that CsvKernel::Best stands for: the best of this machine, or what ASSAY_CSV_KERNEL names
/// (portable, avx2, avx512).
detail::CsvKernel choose_kernel(detail::CsvKernel wanted);

}  // namespace assay::data::csv
