#include "assay/data/table_schema.hpp"

#include <string>
#include <unordered_set>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::data {

TableSchema::TableSchema(std::vector<Field> fields) : fields_(std::move(fields)) {
    std::unordered_set<std::string_view> names;
    for (const Field& field : fields_) {
        if (field.name.empty()) throw SchemaError("schema: expected a name for every column, got an empty one");
        if (!names.insert(field.name).second) {
            throw SchemaError("schema: expected each column name once, got '" + field.name + "' twice");
        }
    }
}

std::optional<index> TableSchema::find(std::string_view name) const noexcept {
    for (index i = 0; i < size(); ++i) {
        if (fields_[static_cast<std::size_t>(i)].name == name) return i;
    }
    return std::nullopt;
}

index TableSchema::position(std::string_view name) const {
    if (const auto at = find(name)) return *at;
    std::string known;
    for (const Field& field : fields_) known += (known.empty() ? "" : ", ") + field.name;
    throw SchemaError("table: expected a column '" + std::string(name) + "', got columns: " + known);
}

}  // namespace assay::data
