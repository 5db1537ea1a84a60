#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/field.hpp"

namespace assay::data {

/// Ordered fields of a table, each name once.
class ASSAY_EXPORT TableSchema {
  public:
    TableSchema() = default;
    /// @throws SchemaError if a name is empty or stands twice.
    explicit TableSchema(std::vector<Field> fields);
    TableSchema(std::initializer_list<Field> fields) : TableSchema(std::vector<Field>(fields)) {}

    index size() const noexcept { return static_cast<index>(fields_.size()); }
    const std::vector<Field>& fields() const noexcept { return fields_; }
    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }
    const Field& operator[](index i) const { return fields_[static_cast<std::size_t>(i)]; }

    /// Position of the field, or nothing. Cost: O(columns).
    std::optional<index> find(std::string_view name) const noexcept;
    /// Position of the field. @throws SchemaError naming the field and those that exist.
    index position(std::string_view name) const;
    const Field& field(std::string_view name) const { return (*this)[position(name)]; }

    bool operator==(const TableSchema&) const = default;

  private:
    std::vector<Field> fields_;
};

}  // namespace assay::data
