#pragma once

#include <memory>
#include <string>

#include "assay/data/array.hpp"
#include "assay/data/arrow_abi.hpp"

namespace assay::data::detail {

/// How an Arrow type becomes one of Assay's nine. The table of rules for people is docs/adr/0004-tables.md.
enum class Rule {
    Keep,     ///< one of the nine: no copy
    AllNull,  ///< null -> utf8
    Int8,
    Int16,
    UInt8,
    UInt16,       ///< -> int32
    UInt32,       ///< -> int64
    UInt64,       ///< -> int64, an error beyond 2^63 - 1
    Float16,      ///< -> float32
    LargeText,    ///< 64-bit offsets -> 32-bit, an error beyond 2 GiB; characters are not copied
    ViewText,     ///< utf8_view, binary_view
    FixedBinary,  ///< -> binary
    Dictionary,   ///< -> its values
    TimeScaled,   ///< timestamps in s, ms, ns -> us, an error where that is not exact
    Date64,       ///< -> date32, an error where it is not midnight
    Decimal,      ///< 32, 64 or 128 bits: -> int64 without a fraction, else float64
};

struct ForeignType {
    Rule rule = Rule::Keep;
    Type type = Type::Float64;  ///< what it becomes
    std::int64_t multiplier = 1;
    std::int64_t divisor = 1;
    int width = 0;  ///< bytes of one value: FixedBinary, Decimal
    int scale = 0;  ///< Decimal
};

/// @throws SchemaError with a remedy where there is no rule.
ForeignType foreign_type(const ArrowSchema& schema);

/// Rows [offset, offset + length) of a producer's array, checked against what the interface demands.
struct ForeignArray {
    const ArrowArray* array = nullptr;
    std::shared_ptr<const void> owner;  ///< keeps the producer's memory
    std::string name;                   ///< of the column, for error texts
    std::int64_t offset = 0;
    std::int64_t length = 0;

    Buffer validity() const;
    BitmapView validity_view() const;
    const std::byte* buffer(std::int64_t i) const { return static_cast<const std::byte*>(array->buffers[i]); }
    /// Buffer i, which must not be null. @throws SchemaError
    const std::byte* needed(std::int64_t i) const;
    /// The bits from offset 0, for values that were copied; empty where nothing is null.
    Buffer copied_validity() const;
    [[noreturn]] void malformed(const std::string& expected) const;
    [[noreturn]] void bad_row(std::int64_t row, const std::string& expected) const;
};

/// Lengths, counts and pointers of the array. @throws SchemaError
void check_structure(const ForeignArray& from, std::int64_t buffers_at_least, std::int64_t buffers_at_most,
                     std::int64_t children);

/// The rows as one of Assay's types.
Array import_rows(const ArrowSchema& schema, const ForeignArray& from);

/// Numbers, times and decimals that need another representation (arrow_casts.cpp).
Array cast_numbers(const ForeignType& type, const ForeignArray& from);
/// Text and bytes in other layouts (arrow_text.cpp).
Array cast_text(const ForeignType& type, const ForeignArray& from);
/// Utf8 or Binary with 32-bit offsets, without a copy.
Array keep_text(Type type, const ForeignArray& from);

}  // namespace assay::data::detail
