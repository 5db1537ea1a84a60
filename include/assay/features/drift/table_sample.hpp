#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/table.hpp"
#include "assay/features/drift/category_counts.hpp"
#include "assay/features/drift/numeric_sample.hpp"

namespace assay::features {

enum class ColumnKind : std::uint8_t {
    numbers,     ///< Int32, Int64, Float32, Float64
    categories,  ///< Utf8, Bool
    other,       ///< dates, times and bytes: how many are missing, nothing else
};

/// "numbers", "categories", "other".
ASSAY_EXPORT std::string_view name_of(ColumnKind kind) noexcept;

/// What drift statistics need of one column, or of one group of rows.
struct ColumnSample {
    std::string name;  ///< of the column; of the group, as in the column by which rows were grouped
    ColumnKind kind = ColumnKind::other;
    NumericSample numbers{};      ///< where kind is numbers
    CategoryCounts categories{};  ///< where kind is categories; of other, only what is missing
    index rows = 0;               ///< values and what is missing
    std::string unit{};           ///< of a group: values in two units are two groups
    CategoryCounts labels{};      ///< of a group: what people call it, each with its rows

    /// The commonest label, the first by its bytes where two are as common; empty where there is none.
    std::string_view label() const noexcept;
    index missing() const noexcept { return kind == ColumnKind::numbers ? numbers.missing() : categories.missing(); }
    bool operator==(const ColumnSample&) const = default;
};

struct SampleLimits {
    index most_distinct = 100'000;   ///< distinct numbers of a column; beyond, their lowest bits are cut
    index most_categories = 10'000;  ///< of a column; beyond, they are counted in groups

    bool operator==(const SampleLimits&) const = default;
};

/// Names of the columns of a table with a row per value. An empty one is not there.
struct GroupColumns {
    std::string group;            ///< Utf8, Int32 or Int64; rows without one are counted, and in no group
    std::string value = "value";  ///< numbers
    std::string unit{};           ///< Utf8
    std::string label{};          ///< Utf8
};

/// What drift statistics need of a table: the reference that is saved, or a window that is compared with it.
///
/// Samples of partitions merge, and however a table was cut into partitions the sample is the same to the byte: exact
/// up to the limits, and within them by a rule that depends on the values alone (NumericSample::limited_to,
/// CategoryCounts).
class ASSAY_EXPORT TableSample {
  public:
    TableSample() = default;
    /// @throws ValueError an infinite number, naming column and row; limits below 8192 and 1
    /// Cost: O(n) for each column, columns in parallel.
    static TableSample of(const data::Table& table, const SampleLimits& limits = {});
    /// One sample of numbers for each group and unit, in the order of their bytes; most_distinct holds for each.
    /// @throws SchemaError a column that is not there or of another type
    /// @throws ValueError an infinite number, naming its row; limits below 8192 and 1
    /// Cost: O(n) and the sorting of each group, groups in parallel; 12 bytes a row while it works, however many
    /// groups.
    static TableSample by_group(const data::Table& table, const GroupColumns& columns, const SampleLimits& limits = {});

    /// Adds another partition. A column without any value takes the other's kind; groups may be new.
    /// @throws SchemaError other columns, or another kind of a column, by name
    /// @throws ValueError other limits, or columns and groups
    void merge(const TableSample& other);

    index rows() const noexcept { return rows_; }
    /// Whether these are groups of rows, not columns.
    bool grouped() const noexcept { return grouped_; }
    /// Rows that name no group.
    index unnamed() const noexcept { return unnamed_; }
    const SampleLimits& limits() const noexcept { return limits_; }
    std::span<const ColumnSample> columns() const noexcept { return columns_; }
    /// Nullptr where there is none.
    const ColumnSample* find(std::string_view name, std::string_view unit = {}) const noexcept;

    /// A file's content: magic, limits, columns, CRC-32C. Numbers and categories stand in it as they are.
    std::string to_bytes() const;
    /// @throws ValueError the bytes are no sample, damaged, or of a later version
    static TableSample from_bytes(std::string_view bytes);

    bool operator==(const TableSample&) const = default;

  private:
    void merge_columns(const TableSample& other);
    void merge_groups(const TableSample& other);

    SampleLimits limits_;
    index rows_ = 0;
    index unnamed_ = 0;
    bool grouped_ = false;
    std::vector<ColumnSample> columns_;
};

}  // namespace assay::features
