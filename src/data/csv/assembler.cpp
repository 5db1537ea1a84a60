#include "data/csv/assembler.hpp"

#include <algorithm>
#include <utility>

#include "assay/base/detail/wait.hpp"
#include "assay/base/error.hpp"
#include "data/csv/transcoder.hpp"

namespace assay::data::csv {

Assembler::Assembler(const ReadPlan& plan, std::string file, Encoding encoding, index first_line, index total_bytes,
                     int threads)
    : plan_(plan),
      file_(std::move(file)),
      encoding_(encoding),
      line_(first_line),
      total_bytes_(total_bytes),
      limit_(2 * threads + 1),
      seen_(plan.columns.size(), 0) {
    for (const ColumnPlan& column : plan.columns) stores_.emplace_back(column.field.type);
}

std::unique_ptr<ParsedBlock> Assembler::take() {
    std::unique_lock lock(mutex_);
    assay::detail::wait(freed_, lock, [this] { return cancelled_ || !pool_.empty() || created_ < limit_; });
    if (cancelled_) return nullptr;
    if (pool_.empty()) {
        ++created_;
        return std::make_unique<ParsedBlock>();
    }
    auto block = std::move(pool_.back());
    pool_.pop_back();
    return block;
}

void Assembler::cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    freed_.notify_all();
}

void Assembler::put(std::unique_ptr<ParsedBlock> block) {
    std::vector<Placed> placed;
    {
        const std::lock_guard lock(mutex_);
        early_.emplace(block->ordinal, std::move(block));
        for (auto it = early_.begin(); it != early_.end() && it->first == next_; it = early_.erase(it), ++next_) {
            placed.push_back(place(std::move(it->second)));
        }
    }
    for (Placed& part : placed) {
        const std::shared_lock growth(growth_);
        for (std::size_t i = 0; i < stores_.size() && !part.first_char.empty(); ++i) {
            if (plan_.columns[i].file_column < 0) continue;
            stores_[i].copy(part.block->columns[i], part.first_row, part.first_char[i], part.block->num_rows);
        }
    }
    if (placed.empty()) return;
    const std::lock_guard lock(mutex_);
    for (Placed& part : placed) pool_.push_back(std::move(part.block));
    freed_.notify_all();
}

Assembler::Placed Assembler::place(std::unique_ptr<ParsedBlock> block) {
    Placed placed;
    rows_read_ += block->rows_read;
    for (std::size_t i = 0; i < stores_.size(); ++i) {
        seen_[i] |= block->columns[i].seen;
        contradicted_ |= plan_.columns[i].inferred && block->columns[i].contradicted;
    }
    if (!contradicted_) {
        reserve(*block);
        placed.first_row = num_rows_;
        placed.first_char.resize(stores_.size());
        for (std::size_t i = 0; i < stores_.size(); ++i) {
            if (plan_.columns[i].file_column < 0) continue;
            placed.first_char[i] = stores_[i].take(block->columns[i], block->num_rows);
        }
        num_rows_ += block->num_rows;
        for (const index line : block->row_lines) row_lines_.append(line_ + line);
        add_rejected(*block);
    }
    line_ += block->num_lines;
    placed.block = std::move(block);
    return placed;
}

void Assembler::reserve(const ParsedBlock& block) {
    bool fits = true;
    for (std::size_t i = 0; i < stores_.size(); ++i) {
        fits =
            fits && (plan_.columns[i].file_column < 0 || stores_[i].fits(block.num_rows, block.columns[i].num_chars));
    }
    if (fits) return;
    // The rest of the file is expected to be like what was read of it.
    const double growth = block.end_position > 0
                              ? 1.03 * static_cast<double>(total_bytes_) / static_cast<double>(block.end_position)
                              : 2.0;
    const std::lock_guard lock(growth_);
    for (std::size_t i = 0; i < stores_.size(); ++i) {
        if (plan_.columns[i].file_column < 0) continue;
        if (stores_[i].fits(block.num_rows, block.columns[i].num_chars)) continue;
        stores_[i].reserve(block.num_rows, block.columns[i].num_chars, growth, plan_.columns[i].field.name);
    }
}

void Assembler::add_rejected(ParsedBlock& block) {
    for (RejectedRow& row : block.rejected) {
        files_.append(std::string_view(file_));
        lines_.append(line_ + row.line);
        offsets_.append(block.byte_offset + row.byte_offset);
        lengths_.append(row.byte_length);
        rules_.append(std::string_view(row.rules));
        columns_.append(std::string_view(row.columns));
        raw_.append(encoding_ == Encoding::Utf8 ? std::string_view(row.raw)
                                                : std::string_view(row.raw = encode(row.raw, encoding_)));
    }
}

Assembled Assembler::finish() {
    Assembled out;
    out.seen = seen_;
    out.contradicted = contradicted_;
    out.rows_read = rows_read_;
    out.rows_accepted = num_rows_;
    if (contradicted_) return out;
    std::vector<Array> parts;
    parts.push_back(files_.finish());
    parts.push_back(lines_.finish());
    parts.push_back(offsets_.finish());
    parts.push_back(lengths_.finish());
    parts.push_back(rules_.finish());
    parts.push_back(columns_.finish());
    parts.push_back(raw_.finish());
    out.rejected = Quarantine(Table(Quarantine::schema(), std::move(parts)));
    out.rows = finish_rows();
    if (out.rows.num_rows() + out.rejected.num_rows() != rows_read_ || !early_.empty()) {
        throw StateError("read_csv: expected accepted and quarantined rows to add up to the " +
                         std::to_string(rows_read_) + " rows read, got " + std::to_string(out.rows.num_rows()) +
                         " and " + std::to_string(out.rejected.num_rows()) + "; this is a defect of the reader");
    }
    return out;
}

Table Assembler::finish_rows() {
    std::vector<Field> fields;
    std::vector<Array> columns;
    for (std::size_t i = 0; i < stores_.size(); ++i) {
        const ColumnPlan& column = plan_.columns[i];
        fields.push_back(column.field);
        columns.push_back(column.file_column < 0 ? Array::nulls(column.field.type, num_rows_)
                                                 : stores_[i].finish(num_rows_));
    }
    if (!plan_.line_column.empty()) {
        Field field;
        field.name = plan_.line_column;
        field.type = Type::Int64;
        fields.push_back(std::move(field));
        columns.push_back(row_lines_.finish());
    }
    return Table(TableSchema(std::move(fields)), std::move(columns));
}

}  // namespace assay::data::csv
