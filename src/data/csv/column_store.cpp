#include "data/csv/column_store.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::data::csv {
namespace {

constexpr index kMaxChars = std::numeric_limits<std::int32_t>::max();

}  // namespace

void BitAppender::store() {
    if (stored_) return;
    stored_ = true;
    if (size_ == 0) return;
    words_.resize((size_ + 63) / 64 * 8);
    std::memset(words_.data(), 0xff, static_cast<std::size_t>(words_.size()));
    if (size_ % 64 != 0) words_.as<std::uint64_t>()[size_ / 64] = (std::uint64_t{1} << (size_ % 64)) - 1;
}

/// Bits above `count` must be 0.
void BitAppender::push(std::uint64_t bits, int count) {
    const int shift = static_cast<int>(size_ % 64);
    if (shift == 0) words_.push(std::uint64_t{0});
    std::uint64_t* word = words_.as<std::uint64_t>() + size_ / 64;
    *word |= bits << shift;
    if (shift + count > 64) words_.push(bits >> (64 - shift));
    size_ += count;
}

void BitAppender::append(const std::vector<std::uint64_t>& words, index count, bool all_set) {
    if (all_set && !stored_) {
        size_ += count;
        return;
    }
    store();
    for (index at = 0; at < count; at += 64) {
        const int size = static_cast<int>(std::min<index>(64, count - at));
        const std::uint64_t mask = size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
        push((all_set ? ~std::uint64_t{0} : words[static_cast<std::size_t>(at / 64)]) & mask, size);
    }
}

void BitAppender::append_bytes(const std::uint8_t* flags, index count) {
    stored_ = true;
    for (index i = 0; i < count; ++i) push(flags[i], 1);
}

Buffer BitAppender::finish() { return stored_ ? std::move(words_).freeze() : Buffer(); }

bool ColumnStore::fits(index rows, index chars) const {
    if (type_ == Type::Bool) return true;
    if (!is_variable_width(type_)) return (rows_ + rows) * width_of(type_) <= values_.capacity();
    return (rows_ + rows + 1) * 4 <= offsets_.capacity() && chars_ + chars <= values_.capacity() &&
           chars_ + chars <= kMaxChars;
}

void ColumnStore::reserve(index rows, index chars, double growth, const std::string& name) {
    const auto grown = [growth](index taken, index more) {
        return std::max(taken + taken / 2 + more, static_cast<index>(growth * static_cast<double>(taken + more)));
    };
    if (type_ == Type::Bool) return;
    if (!is_variable_width(type_)) {
        values_.reserve(grown(rows_, rows) * width_of(type_));
        values_.resize(values_.capacity());
        return;
    }
    if (chars_ + chars > kMaxChars) {
        throw ValueError("read_csv: expected at most 2 GiB of text in column '" + name +
                         "', got more; read the file in parts");
    }
    offsets_.reserve((grown(rows_, rows) + 1) * 4);
    values_.reserve(std::min(grown(chars_, chars), kMaxChars));
    // All of the capacity counts as content, so that growth keeps it.
    offsets_.resize(offsets_.capacity());
    values_.resize(values_.capacity());
}

index ColumnStore::take(const ParsedColumn& column, index rows) {
    const index first_char = chars_;
    validity_.append(column.validity, rows, column.null_count == 0);
    if (type_ == Type::Bool) flags_.append_bytes(reinterpret_cast<const std::uint8_t*>(column.values.data()), rows);
    null_count_ += column.null_count;
    rows_ += rows;
    chars_ += column.num_chars;
    return first_char;
}

void ColumnStore::copy(const ParsedColumn& column, index first_row, index first_char, index rows) {
    if (rows == 0 || type_ == Type::Bool) return;
    if (!is_variable_width(type_)) {
        const index width = width_of(type_);
        std::memcpy(values_.data() + first_row * width, column.values.data(), static_cast<std::size_t>(rows * width));
        return;
    }
    if (column.num_chars > 0) {
        std::memcpy(values_.data() + first_char, column.values.data(), static_cast<std::size_t>(column.num_chars));
    }
    const auto* from = reinterpret_cast<const std::int32_t*>(column.offsets.data());
    auto* to = offsets_.as<std::int32_t>() + first_row;
    const auto base = static_cast<std::int32_t>(first_char);
    for (index row = 0; row < rows; ++row) to[row] = from[row] + base;
}

Array ColumnStore::finish(index rows) {
    Buffer validity = null_count_ == 0 ? Buffer() : validity_.finish();
    if (type_ == Type::Bool) return Array(type_, rows, {std::move(validity), flags_.finish(), {}}, null_count_);
    if (!is_variable_width(type_)) {
        values_.resize(rows * width_of(type_));
        return Array(type_, rows, {std::move(validity), std::move(values_).freeze(), {}}, null_count_);
    }
    values_.resize(chars_);
    offsets_.resize((rows + 1) * 4);
    offsets_.as<std::int32_t>()[rows] = static_cast<std::int32_t>(chars_);
    return Array(type_, rows, {std::move(validity), std::move(values_).freeze(), std::move(offsets_).freeze()},
                 null_count_);
}

}  // namespace assay::data::csv
