#pragma once

#include <vector>

#include "data/csv/block_reader.hpp"
#include "data/csv/column_parser.hpp"
#include "data/csv/parsed_block.hpp"
#include "data/csv/plan.hpp"
#include "data/csv/structure.hpp"

namespace assay::data::csv {

/// Turns blocks of rows into typed columns and rejected rows. One per thread; keeps its scratch memory.
class BlockParser {
  public:
    explicit BlockParser(const ReadPlan& plan) : plan_(plan) {}

    void parse(Block& block, ParsedBlock& out);

  private:
    void sort_rows(std::string_view bytes, ParsedBlock& out);
    void check_encoding(std::string_view bytes, ParsedBlock& out);
    void reject_failures(ParsedBlock& out);
    void collect_failures(ParsedBlock& out);
    void add_rejected(std::uint32_t line_row, std::string rules, std::string columns, ParsedBlock& out);
    void reject_line(std::uint32_t row, RowFault fault, ParsedBlock& out);
    void reject_long_line(const Block& block, ParsedBlock& out);
    void number_lines(std::string_view bytes, Quoting quoting, ParsedBlock& out);
    void number_rows(ParsedBlock& out) const;
    std::string_view line(std::uint32_t row) const;
    std::uint32_t line_of_field(std::uint32_t field) const;
    std::uint32_t last_field(std::uint32_t first) const {
        return first + static_cast<std::uint32_t>(plan_.num_fields()) - 1;
    }

    const ReadPlan& plan_;
    Structure structure_;
    std::string_view bytes_;
    FieldRows rows_;
    std::vector<std::uint32_t> first_;  ///< first field of each row with the right number of fields
    std::vector<Failure> failures_;
    std::vector<std::uint32_t> dropped_;
};

}  // namespace assay::data::csv
