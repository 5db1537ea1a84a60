#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// Text as a template argument.
template <std::size_t N>
struct FixedText {
    char characters[N]{};
    constexpr FixedText(const char (&text)[N]) { std::copy_n(text, N, characters); }  // NOLINT: implicit by design
    constexpr std::string_view view() const noexcept { return {characters, N - 1}; }
};

/// UCUM unit of a column.
template <FixedText Code>
struct Unit {
    static void apply(Field& field) { field.unit = Code.view(); }
};

/// LOINC code of a column.
template <FixedText Code>
struct Loinc {
    static void apply(Field& field) { field.loinc = Code.view(); }
};

/// Plausible values, both ends included, in the column's unit.
template <auto Low, auto High>
struct Valid {
    static void apply(Field& field) { field.valid = Range{static_cast<double>(Low), static_cast<double>(High)}; }
};

/// Possible values: with one argument up to High, with two from Low to High. Outside the value is certainly wrong.
template <auto... Bounds>
struct Outlier;
template <auto High>
struct Outlier<High> {
    static void apply(Field& field) {
        field.outlier = Range{field.valid ? field.valid->low : Range{}.low, static_cast<double>(High)};
    }
};
template <auto Low, auto High>
struct Outlier<Low, High> {
    static void apply(Field& field) { field.outlier = Range{static_cast<double>(Low), static_cast<double>(High)}; }
};

/// The column may not be null.
struct Required {
    static void apply(Field& field) { field.nullable = false; }
};

/// One sentence for people.
template <FixedText Text>
struct Description {
    static void apply(Field& field) { field.description = Text.view(); }
};

/// Declares a column as a type: its name, the C++ type of its values, and what is known about it.
///
///     struct HeartRate : Column<"heart_rate", double, Unit<"/min">, Loinc<"8867-4">, Valid<0, 350>, Outlier<390>> {};
template <FixedText Name, class T, class... Attributes>
struct Column {
    using value_type = T;
    static constexpr std::string_view name = Name.view();
    static constexpr Type type = type_of<T>;

    static Field field() {
        Field out;
        out.name = name;
        out.type = type;
        (Attributes::apply(out), ...);
        return out;
    }
};

/// A list of column declarations. One declaration drives parsing, quarantine, documentation and Python.
template <class... Columns>
struct Schema {
    static constexpr index size = sizeof...(Columns);

    static TableSchema table_schema() { return TableSchema{Columns::field()...}; }

    /// Position of column C, at compile time.
    template <class C>
    static constexpr index position() {
        static_assert((std::is_same_v<C, Columns> || ...), "the schema has no such column");
        index at = 0;
        ((std::is_same_v<C, Columns> ? false : (++at, true)) && ...);
        return at;
    }
};

/// A Table that is known to follow schema S; columns are reached by type.
template <class S>
class TypedTable {
  public:
    /// Takes the columns of S from `table`, found by name, in S's order.
    /// @throws SchemaError if one is missing or has another type.
    explicit TypedTable(const Table& table) : table_(match(table)) {}

    const Table& table() const noexcept { return table_; }
    operator const Table&() const noexcept { return table_; }  // NOLINT: a typed table is a table
    index num_rows() const noexcept { return table_.num_rows(); }

    template <class C>
    const Array& column() const {
        return table_.column(S::template position<C>());
    }
    /// Values of a fixed-width column, [num_rows]; null places hold an unspecified value.
    template <class C>
    std::span<const typename C::value_type> values() const {
        return column<C>().template values<typename C::value_type>();
    }

  private:
    static Table match(const Table& table) {
        const TableSchema schema = S::table_schema();
        std::vector<Array> columns;
        for (const Field& field : schema) columns.push_back(table.column(field.name));
        return Table(schema, std::move(columns));
    }

    Table table_;
};

}  // namespace assay::data
