#pragma once

#include <cstdint>
#include <string>

#include "assay/base/error.hpp"
#include "assay/data/table.hpp"

namespace assay::features::detail {

/// The text of a key column at a row; empty where it is null or there is no such column.
class KeyColumn {
  public:
    KeyColumn(const data::Table& table, const std::string& name) {
        if (name.empty()) return;
        column_ = &table.column(name);
        const data::Type type = column_->type();
        if (type == data::Type::Utf8 || type == data::Type::Int32 || type == data::Type::Int64) return;
        throw SchemaError("drift: expected text or integers in column '" + name + "', got " +
                          std::string(data::name_of(type)));
    }
    void append_to(std::string& key, index row) const {
        if (column_ == nullptr || column_->is_null(row)) return;
        const auto at = static_cast<std::size_t>(row);
        if (column_->type() == data::Type::Utf8) {
            key += column_->text(row);
        } else if (column_->type() == data::Type::Int32) {
            key += std::to_string(column_->values<std::int32_t>()[at]);
        } else {
            key += std::to_string(column_->values<std::int64_t>()[at]);
        }
    }

  private:
    const data::Array* column_ = nullptr;
};

}  // namespace assay::features::detail
