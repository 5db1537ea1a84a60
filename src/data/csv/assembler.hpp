#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "assay/data/array_builder.hpp"
#include "assay/data/quarantine.hpp"
#include "assay/data/table.hpp"
#include "data/csv/column_store.hpp"
#include "data/csv/parsed_block.hpp"
#include "data/csv/plan.hpp"

namespace assay::data::csv {

/// What all blocks together became.
struct Assembled {
    Table rows;
    Quarantine rejected;
    index rows_read = 0;
    index rows_accepted = 0;
    std::vector<unsigned> seen;  ///< by column, for inference
    bool contradicted = false;   ///< an inferred type was wrong; rows and rejected are empty
};

/// Puts parsed blocks, which come in any order, into columns in the order of the file.
///
/// Places are given out in order under a lock; values are copied outside it. Blocks that come early wait in a bounded
/// pool, so that a thread stops only when it is far ahead of the slowest one.
class Assembler {
  public:
    Assembler(const ReadPlan& plan, std::string file, Encoding encoding, index first_line, index total_bytes,
              int threads);

    /// An empty block to parse into. Waits while too many are on their way. Null after cancel().
    std::unique_ptr<ParsedBlock> take();
    void put(std::unique_ptr<ParsedBlock> block);
    /// After an error in any thread: wakes those that wait.
    void cancel();

    /// After all blocks were put. @throws StateError if a row was lost.
    Assembled finish();

  private:
    struct Placed {
        std::unique_ptr<ParsedBlock> block;
        index first_row = 0;
        std::vector<index> first_char;
    };

    Placed place(std::unique_ptr<ParsedBlock> block);
    void reserve(const ParsedBlock& block);
    void add_rejected(ParsedBlock& block);
    Table finish_rows();

    const ReadPlan& plan_;
    std::string file_;
    Encoding encoding_;
    index line_;
    index total_bytes_;

    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<ParsedBlock>> pool_;
    int created_ = 0;
    int limit_;
    bool cancelled_ = false;
    std::map<index, std::unique_ptr<ParsedBlock>> early_;
    index next_ = 0;

    std::shared_mutex growth_;  ///< exclusive while columns move, shared while values are copied
    std::vector<ColumnStore> stores_;
    index num_rows_ = 0;
    index rows_read_ = 0;
    std::vector<unsigned> seen_;
    bool contradicted_ = false;

    TextBuilder files_;
    ArrayBuilder<std::int64_t> lines_;
    ArrayBuilder<std::int64_t> row_lines_;
    ArrayBuilder<std::int64_t> offsets_;
    ArrayBuilder<std::int64_t> lengths_;
    TextBuilder rules_;
    TextBuilder columns_;
    TextBuilder raw_{Type::Binary};
};

}  // namespace assay::data::csv
