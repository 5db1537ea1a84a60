#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

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

/// Numbers for the different triples of three key columns, in the order in which they are met.
class KeyTriples {
  public:
    KeyTriples(const data::Table& table, const std::string& first, const std::string& second, const std::string& third)
        : first_(table, first), second_(table, second), third_(table, third) {}

    static constexpr index unnamed = -1;

    /// The number of a row's triple; `unnamed` where its first column is empty.
    index at(index row) {
        key_.clear();
        first_.append_to(key_, row);
        if (key_.empty()) return unnamed;
        ends_[0] = key_.size();
        key_ += '\0';
        second_.append_to(key_, row);
        ends_[1] = key_.size();
        key_ += '\0';
        third_.append_to(key_, row);
        return numbers_.try_emplace(key_, static_cast<index>(numbers_.size())).first->second;
    }
    /// How many there are so far.
    index size() const noexcept { return static_cast<index>(numbers_.size()); }
    /// The three texts of the row that was asked last.
    std::array<std::string, 3> texts() const {
        return {key_.substr(0, ends_[0]), key_.substr(ends_[0] + 1, ends_[1] - ends_[0] - 1),
                key_.substr(ends_[1] + 1)};
    }

  private:
    KeyColumn first_, second_, third_;
    std::string key_{};
    std::array<std::size_t, 2> ends_{};
    std::unordered_map<std::string, index> numbers_{};
};

}  // namespace assay::features::detail
