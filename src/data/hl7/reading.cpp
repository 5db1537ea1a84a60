#include "data/hl7/reading.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/select.hpp"
#include "data/laboratory/csv_results.hpp"

namespace assay::data::hl7 {
namespace {

constexpr index kGatheredBytes = index{1} << 26;  // read files are kept until then

/// Of a row where `at` goes from front to back: the number of the piece.
template <class Ends, class End>
std::size_t piece_of(const Ends& ends, std::size_t piece, End end, index at) {
    while (static_cast<index>(ends[piece].*end) <= at) ++piece;
    return piece;
}

Array timestamps(ArrayBuilder<std::int64_t>& micros) {
    const Array column = micros.finish();
    return Array(Type::Timestamp, column.size(), column.buffers(), 0);
}

}  // namespace

struct Reading::File {
    std::string name;
    std::string own;  ///< empty where the bytes are another's
    std::string_view bytes;
};

struct Reading::Piece {
    const File* file;
    bool cr_only;
    std::size_t begin;
    std::size_t end;
    std::int64_t lines_before = 0;  ///< in its file
};

/// What a reader says where a piece of a file ends.
struct Reading::PieceEnd {
    std::size_t refusals = 0;
    index results = 0;
    std::int64_t line_ends = 0;
    BatchCounts batches;
};

struct Reading::Block {
    explicit Block(const ReadingOptions& options) : reader(options) {}

    void read() {
        Message message;
        for (const Piece& piece : pieces) {
            MessageScanner scanner(piece.file->bytes, piece.cr_only, piece.begin, piece.end);
            while (scanner.next(message)) reader.read(message, piece.file->name);
            ends.push_back({reader.refused.size(), static_cast<index>(reader.told.size()), scanner.line_ends(),
                            scanner.batches()});
        }
    }

    std::vector<Piece> pieces;
    ResultReader reader;
    std::vector<PieceEnd> ends;
    std::vector<index> identities;      ///< of each result, -1 for what became a refusal
    std::vector<std::uint8_t> refused;  ///< undated corrections that no result was found for
};

Reading::Reading(const ReadingOptions& options, std::size_t block_bytes)
    : options_(options), block_bytes_(block_bytes) {}
Reading::~Reading() = default;

void Reading::add(std::string bytes, std::string file) {
    auto added = std::make_unique<File>(File{std::move(file), std::move(bytes), {}});
    added->bytes = added->own;
    gather(std::move(added));
}

void Reading::add_view(std::string_view bytes, std::string file) {
    gather(std::make_unique<File>(File{std::move(file), {}, bytes}));
}

void Reading::gather(std::unique_ptr<File> file) {
    gathered_bytes_ += static_cast<index>(file->bytes.size());
    files_.push_back(std::move(file));
    if (gathered_bytes_ >= kGatheredBytes) read_gathered();
}

void Reading::read_gathered() {
    std::vector<std::unique_ptr<Block>> blocks;
    std::size_t size = block_bytes_;
    for (const auto& file : files_) {
        const bool cr_only = ends_in_cr(file->bytes);
        const std::vector<std::size_t> cuts = message_cuts(file->bytes, cr_only, block_bytes_);
        for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
            if (size >= block_bytes_) {
                blocks.push_back(std::make_unique<Block>(options_));
                size = 0;
            }
            blocks.back()->pieces.push_back({file.get(), cr_only, cuts[i], cuts[i + 1]});
            size += cuts[i + 1] - cuts[i];
        }
    }
    const auto count = static_cast<index>(blocks.size());
    parallel_for(count, 1, [&](index begin, index end) {
        for (index i = begin; i < end; ++i) blocks[static_cast<std::size_t>(i)]->read();
    });
    for (const auto& block : blocks) settle(*block);
    const std::size_t known = tables_.size();
    tables_.resize(known + blocks.size(), Table::empty(LaboratoryResults::table_schema()));
    parallel_for(count, 1, [&](index begin, index end) {
        for (index i = begin; i < end; ++i) {
            const std::size_t at = static_cast<std::size_t>(i);
            tables_[known + at] = table_of(*blocks[at]);
            blocks[at].reset();
        }
    });
    files_.clear();
    gathered_bytes_ = 0;
}

void Reading::settle(Block& block) {
    settle_pieces(block);
    settle_results(block);
    settle_refusals(block);
    results_read_ += block.reader.units_read();
    messages_told_ += block.reader.messages();
    other_messages_ += block.reader.other_messages();
    left_out_.add(block.reader.left_out);
}

/// Lines of the pieces in their files, and what batches say of whole files.
void Reading::settle_pieces(Block& block) {
    for (std::size_t i = 0; i < block.pieces.size(); ++i) {
        Piece& piece = block.pieces[i];
        if (piece.begin == 0) {
            line_ends_ = 0;
            of_file_ = {};
        }
        piece.lines_before = line_ends_;
        line_ends_ += block.ends[i].line_ends;
        of_file_.add(block.ends[i].batches);
        if (piece.end != piece.file->bytes.size()) continue;
        if (of_file_.has_trailer && of_file_.announced != of_file_.messages) ++short_batches_;
        batches_.add(of_file_);
    }
}

/// Numbers the results; a correction without a time finds the one that it can mean, or is none.
void Reading::settle_results(Block& block) {
    ResultReader& reader = block.reader;
    const auto numbers_in = [](const TextIds& of_block, TextIds& ours) {
        std::vector<std::uint32_t> numbers(of_block.size());
        for (std::uint32_t id = 0; id < of_block.size(); ++id) numbers[id] = ours.id(of_block[id]);
        return numbers;
    };
    const auto groups = numbers_in(reader.groups, known_.groups);
    const auto parents = numbers_in(reader.parents, known_.parents);
    const auto tests = numbers_in(reader.tests, known_.tests);
    auto undated = reader.undated.begin();
    for (std::size_t row = 0; row < reader.told.size(); ++row) {
        ToldResult& told = reader.told[row];
        const ToldGroup& group = reader.told_groups[told.group];
        const ResultKey key{groups[group.group], parents[group.parent], tests[told.test]};
        if (undated != reader.undated.end() && undated->row == static_cast<index>(row)) {
            const auto when = known_.only_time(key);
            block.refused.push_back(when ? 0 : 1);
            if (!when) {
                reader.left_out.add(undated->left_out, -1);
                ++undated;
                block.identities.push_back(-1);
                continue;
            }
            ++undated;
            told.observed_at = *when;
        }
        block.identities.push_back(known_.number(key, told.observed_at, messages_told_ + group.message));
        identities_.push_back(block.identities.back());
        said_at_.push_back(group.said_at);
    }
}

/// In the order in which a reader of one message after the other would refuse.
void Reading::settle_refusals(Block& block) {
    const ResultReader& reader = block.reader;
    std::size_t piece = 0;
    std::size_t undated = 0;
    const auto append = [&](laboratory::Refusal refusal, std::size_t of_piece) {
        refusal.line += block.pieces[of_piece].lines_before;
        refused_.append(refusal);
    };
    const auto append_undated_before = [&](std::size_t refusals) {
        for (; undated < reader.undated.size(); ++undated) {
            const Undated& each = reader.undated[undated];
            if (static_cast<std::size_t>(each.refused_before) > refusals) return;
            if (block.refused[undated] == 0) continue;
            append(each.refusal, piece_of(block.ends, 0, &PieceEnd::results, each.row));
        }
    };
    for (std::size_t i = 0; i < reader.refused.size(); ++i) {
        append_undated_before(i);
        piece = piece_of(block.ends, piece, &PieceEnd::refusals, static_cast<index>(i));
        append(reader.refused[i], piece);
    }
    append_undated_before(reader.refused.size());
}

/// The results of a block with what was settled.
Table Reading::table_of(Block& block) const {
    const Table read = block.reader.results.finish();
    std::vector<Array> columns;
    for (index i = 0; i < read.num_columns(); ++i) columns.push_back(read.column(i));
    TextBuilder names;
    ArrayBuilder<std::int64_t> lines;
    ArrayBuilder<std::int64_t> times;
    std::string name;
    std::size_t piece = 0;
    const auto own_lines = read.column("source_line").values<std::int64_t>();
    for (std::size_t row = 0; row < block.identities.size(); ++row) {
        name.clear();
        if (block.identities[row] >= 0) known_.append_name(block.identities[row], name);
        names.append(std::string_view(name));
        piece = piece_of(block.ends, piece, &PieceEnd::results, static_cast<index>(row));
        lines.append(own_lines[row] + block.pieces[piece].lines_before);
        times.append(block.reader.told[row].observed_at.micros());
    }
    const auto column = [&](std::string_view of) -> Array& {
        return columns[static_cast<std::size_t>(read.schema().position(of))];
    };
    column("result_id") = names.finish();
    column("source_line") = lines.finish();
    column("observed_at") = timestamps(times);
    Table out(read.schema(), std::move(columns));
    if (std::find(block.refused.begin(), block.refused.end(), 1) == block.refused.end()) return out;
    std::vector<std::uint8_t> keep(block.identities.size());
    for (std::size_t row = 0; row < keep.size(); ++row) keep[row] = block.identities[row] < 0 ? 0 : 1;
    return filter(out, keep);
}

ResultsReading Reading::finish() {
    read_gathered();
    ResultsReading out;
    out.rows_read = results_read_;
    const Table all =
        tables_.empty() ? Table::empty(LaboratoryResults::table_schema()) : concat(std::span<const Table>(tables_));
    tables_.clear();
    laboratory::Corrected corrected = laboratory::last_words(all, said_at_, identities_);
    out.rows = std::move(corrected.rows);
    out.superseded = std::move(corrected.superseded);
    out.rejected = refused_.finish();
    out.remarks = remarks(out);
    const index found = out.rows.num_rows() + out.superseded.num_rows() + out.rejected.num_rows();
    if (found != out.rows_read) {
        throw StateError("read_hl7: expected " + std::to_string(out.rows_read) + " results, got " +
                         std::to_string(found) + "; this is a defect of the reader");
    }
    return out;
}

std::vector<std::string> Reading::remarks(const ResultsReading& reading) const {
    std::vector<std::string> out;
    const auto remark = [&](index count, const char* sentence) { laboratory::remark_count(count, sentence, out); };
    remark(messages(), "messages");
    remark(other_messages_, "messages of other types than ORU and OUL were not read");
    remark(reading.superseded.num_rows(), "results were told again by a later message");
    remark(short_batches_, "files hold another number of messages than their batch trailers say");
    remark(left_out_.ranges, "reference ranges that are no numbers were left out");
    remark(left_out_.reported, laboratory::kUnreadReported);
    remark(left_out_.statuses, laboratory::kUnreadStatuses);
    remark(left_out_.flags, laboratory::kUnreadFlags);
    return out;
}

}  // namespace assay::data::hl7
