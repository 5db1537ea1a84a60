#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/hl7/result_reader.hpp"

namespace assay::data::hl7 {

/// Messages of several files to one reading.
///
/// Files are cut into blocks of messages by size alone, and blocks are read by all threads; what needs to know other
/// messages is settled in reading order. So the reading is the same at any number of threads.
class Reading {
  public:
    /// @param block_bytes  of the smallest share of work, which is made of whole messages
    explicit Reading(const ReadingOptions& options, std::size_t block_bytes = std::size_t{1} << 19);
    ~Reading();

    void add(std::string bytes, std::string file);
    /// The same without a copy. @param bytes  must outlive finish()
    void add_view(std::string_view bytes, std::string file);

    /// Reads what is left of the files added; to be called once.
    ResultsReading finish();

    /// Messages of any type, known after finish().
    index messages() const noexcept { return batches_.messages; }

  private:
    struct File;
    struct Piece;
    struct PieceEnd;
    struct Block;

    void gather(std::unique_ptr<File> file);
    void read_gathered();
    void settle(Block& block);
    void settle_pieces(Block& block);
    void settle_results(Block& block);
    void settle_refusals(Block& block);
    Table table_of(Block& block) const;
    std::vector<std::string> remarks(const ResultsReading& reading) const;

    const ReadingOptions& options_;
    std::size_t block_bytes_;
    std::vector<std::unique_ptr<File>> files_;  ///< not yet read
    index gathered_bytes_ = 0;

    ResultIdentities known_;
    std::vector<Table> tables_;
    std::vector<std::optional<Timestamp>> said_at_;  ///< of each result
    std::vector<index> identities_;                  ///< of each result: equal for what is the same one
    laboratory::RefusedRows refused_;
    std::int64_t line_ends_ = 0;  ///< of the file at hand
    BatchCounts of_file_;
    BatchCounts batches_;
    index short_batches_ = 0;
    index results_read_ = 0;
    index messages_told_ = 0;
    index other_messages_ = 0;
    LeftOut left_out_;
};

}  // namespace assay::data::hl7
