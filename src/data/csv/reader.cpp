#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/detail/csv_tuning.hpp"
#include "data/csv/assembler.hpp"
#include "data/csv/block_parser.hpp"
#include "data/csv/block_reader.hpp"
#include "data/csv/head.hpp"
#include "data/csv/planner.hpp"
#include "data/csv/transcoder.hpp"

namespace assay::data::csv {
namespace {

using detail::CsvTuning;

/// One reading of a whole file by one plan.
class Pass {
  public:
    Pass(const Input& input, const Opening& opening, const ReadPlan& plan, const CsvOptions& options,
         const CsvTuning& tuning, index footnote_lines)
        : plan_(plan), options_(options), source_(open_text(input, opening.dialect.encoding)) {
        total_ = source_->total();
        threads_ = static_cast<int>(std::min<index>(num_threads(), total_ / tuning.block_bytes + 1));
        assembler_.emplace(plan, input.name, opening.dialect.encoding, opening.first_line, total_, threads_);
        reader_.emplace(std::move(source_), plan.marks, RowRange{opening.first_row, footnote_lines, plan.num_fields()},
                        tuning.block_bytes, plan.kernel);
    }

    Assembled run() {
        parallel_for(threads_, 1, [this](index, index) { work(); });
        return assembler_->finish();
    }

    const std::vector<std::string>& footnotes() const { return reader_->footnotes(); }

  private:
    void work() {
        Block block;
        BlockParser parser(plan_);
        try {
            while (auto parsed = assembler_->take()) {
                if (!read(block)) break;
                parser.parse(block, *parsed);
                const index done = block.end_position;
                assembler_->put(std::move(parsed));
                if (options_.progress && std::this_thread::get_id() == caller_) options_.progress(done, total_);
            }
        } catch (...) {
            assembler_->cancel();
            throw;
        }
    }

    bool read(Block& block) {
        const std::lock_guard lock(reading_);
        return reader_->next(block);
    }

    const ReadPlan& plan_;
    const CsvOptions& options_;
    std::unique_ptr<ByteSource> source_;
    index total_ = 0;
    int threads_ = 1;
    std::optional<Assembler> assembler_;
    std::optional<BlockReader> reader_;
    std::mutex reading_;
    std::thread::id caller_ = std::this_thread::get_id();
};

std::string describe_types(const ReadPlan& plan) {
    std::string out;
    for (const ColumnPlan& column : plan.columns) {
        out += (out.empty() ? "" : ", ") + column.field.name + " " + std::string(name_of(column.field.type));
    }
    return "types inferred from all rows: " + out;
}

/// Reads the first bytes and settles the dialect.
Opening open(const Input& input, const CsvOptions& options, DetectedDialect& detected) {
    Opening opening;
    opening.name = input.name;
    const std::string stored = read_head(*open_bytes(input));
    if (stored.empty()) {
        throw IoError("read_csv: " + input.name +
                      ": expected a header line, got an empty file; "
                      "check the export that wrote it");
    }
    CsvDialect dialect;
    if (options.dialect) {
        dialect = *options.dialect;
    } else {
        dialect.encoding = options.encoding ? *options.encoding : detect_encoding(stored, detected.remarks);
    }
    opening.text = read_head(*open_text(input, dialect.encoding));
    opening.whole = static_cast<index>(opening.text.size()) < kHeadBytes;
    const auto zero = opening.text.find('\0');
    if (zero != std::string::npos) {
        throw IoError("read_csv: " + input.name + ": expected text, got a zero byte at byte " + std::to_string(zero) +
                      "; this is a binary file, or text in an encoding that must be passed by name");
    }
    if (!options.dialect) {
        const Encoding encoding = dialect.encoding;
        dialect = detect_layout(opening.text, opening.whole, detected.remarks);
        dialect.encoding = encoding;
    }
    opening.dialect = detected.dialect = dialect;
    return opening;
}

void add_footnotes(const std::vector<std::string>& footnotes, bool detected, CsvReport& report) {
    report.footnotes = footnotes;
    report.detected.dialect.footnote_lines = static_cast<index>(footnotes.size());
    if (detected && !footnotes.empty()) {
        report.detected.remarks.push_back("the last " + std::to_string(footnotes.size()) +
                                          " lines were read as footnotes; pass the dialect if they are rows");
    }
}

void check_options(const CsvOptions& options, const CsvTuning& tuning) {
    if (options.max_row_bytes < 1 || options.max_row_bytes > (index{1} << 30) || tuning.block_bytes < 1 ||
        tuning.block_bytes > (index{1} << 30)) {
        throw ValueError("read_csv: expected max_row_bytes between 1 and 1 GiB, got " +
                         std::to_string(options.max_row_bytes));
    }
    if (!options.dialect) return;
    const CsvDialect& dialect = *options.dialect;
    const auto is_line_end = [](char c) { return c == '\n' || c == '\r'; };
    if (is_line_end(dialect.delimiter) || dialect.delimiter == dialect.quote || is_line_end(dialect.quote) ||
        dialect.delimiter == '\0' || !is_line_end(dialect.newline) || dialect.preamble_lines < 0 ||
        dialect.footnote_lines < 0) {
        throw ValueError(
            "read_csv: expected a dialect whose delimiter, quote and line end differ and whose preamble "
            "and footnotes are not negative");
    }
}

std::vector<std::string> header_of(const Input& input, const CsvOptions& options) {
    check_options(options, {});
    DetectedDialect detected;
    Opening opening = open(input, options, detected);
    find_header(options, opening);
    return opening.columns;
}

CsvResult read(const Input& input, const CsvOptions& options, const CsvTuning& tuning) {
    check_options(options, tuning);
    CsvResult result;
    CsvReport& report = result.report;
    Opening opening = open(input, options, report.detected);
    find_header(options, opening);
    std::vector<unsigned> seen;
    ReadPlan plan = make_plan(options, opening, seen);
    plan.kernel = choose_kernel(tuning.kernel);
    const bool find_notes = !options.dialect;
    Assembled assembled;
    do {
        Pass pass(input, opening, plan, options, tuning, find_notes ? -1 : opening.dialect.footnote_lines);
        assembled = pass.run();
        report.footnotes = pass.footnotes();
        for (std::size_t i = 0; i < seen.size(); ++i) seen[i] |= assembled.seen[i];
        if (assembled.contradicted) set_types(seen, plan);
    } while (assembled.contradicted);
    add_footnotes(std::vector<std::string>(report.footnotes), find_notes, report);
    result.rows = std::move(assembled.rows);
    result.rejected = std::move(assembled.rejected);
    report.file = input.name;
    report.rows_read = assembled.rows_read;
    report.rows_accepted = result.rows.num_rows();
    report.rows_quarantined = result.rejected.num_rows();
    report.preamble = std::move(opening.preamble);
    report.remarks = std::move(opening.remarks);
    if (plan.infers()) report.remarks.push_back(describe_types(plan));
    if (report.rows_read == 0) report.remarks.emplace_back("the file holds a header and no rows");
    return result;
}

}  // namespace
}  // namespace assay::data::csv

namespace assay::data {

CsvResult read_csv(const std::filesystem::path& path, const CsvOptions& options) {
    csv::Input input;
    input.name = path.string();
    input.path = &path;
    CsvResult result = csv::read(input, options, {});
    result.report.bytes = static_cast<index>(std::filesystem::file_size(path));
    return result;
}

std::vector<std::string> csv_header(const std::filesystem::path& path, const CsvOptions& options) {
    csv::Input input;
    input.name = path.string();
    input.path = &path;
    return csv::header_of(input, options);
}

CsvResult read_csv_bytes(std::string_view bytes, const CsvOptions& options, const std::string& name) {
    return detail::read_csv_bytes(bytes, options, name, {});
}

CsvResult detail::read_csv_bytes(std::string_view bytes, const CsvOptions& options, const std::string& name,
                                 const CsvTuning& tuning) {
    csv::Input input;
    input.name = name;
    input.bytes = bytes;
    CsvResult result = csv::read(input, options, tuning);
    result.report.bytes = static_cast<index>(bytes.size());
    return result;
}

}  // namespace assay::data
