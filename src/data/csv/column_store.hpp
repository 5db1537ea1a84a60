#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assay/data/array.hpp"
#include "data/csv/parsed_block.hpp"

namespace assay::data::csv {

/// Bits that grow at the end; nothing is stored while all are set.
class BitAppender {
  public:
    /// @param words  bit i of word i/64 first
    void append(const std::vector<std::uint64_t>& words, index count, bool all_set);
    void append_bytes(const std::uint8_t* flags, index count);
    index size() const noexcept { return size_; }
    bool all_set() const noexcept { return !stored_; }
    Buffer finish();

  private:
    void push(std::uint64_t bits, int count);
    void store();

    MutableBuffer words_;
    index size_ = 0;
    bool stored_ = false;
};

/// One column of the result while blocks are added to it.
class ColumnStore {
  public:
    explicit ColumnStore(Type type) : type_(type) {}

    /// Whether `rows` and `chars` more fit without moving memory.
    bool fits(index rows, index chars) const;
    /// Makes room for the block and an estimate of all; nobody may be copying. @throws ValueError beyond 2 GiB of text
    void reserve(index rows, index chars, double growth, const std::string& name);
    /// Takes the places after those taken so far; bits are added at once. Returns the first character's.
    index take(const ParsedColumn& column, index rows);
    /// Copies values to the places taken. Any thread.
    void copy(const ParsedColumn& column, index first_row, index first_char, index rows);
    Array finish(index rows);

  private:
    Type type_;
    MutableBuffer values_;
    MutableBuffer offsets_;
    BitAppender validity_;
    BitAppender flags_;
    index rows_ = 0;
    index chars_ = 0;
    index null_count_ = 0;
};

}  // namespace assay::data::csv
