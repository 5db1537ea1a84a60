#include "assay/data/look_up.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/detail/validity_builder.hpp"
#include "assay/data/select.hpp"

namespace assay::data {
namespace {

/// Row of the dictionary for every row of the table, -1 where there is none.
std::vector<index> matches(const Array& keys, const Array& dictionary_keys, std::string_view name) {
    std::map<std::string_view, index> rows;
    for (index row = 0; row < dictionary_keys.size(); ++row) {
        if (dictionary_keys.is_null(row)) continue;
        if (!rows.emplace(dictionary_keys.text(row), row).second)
            throw SchemaError("look_up: expected every '" + std::string(name) + "' once in the dictionary, but row " +
                              std::to_string(row) + " repeats one");
    }
    std::vector<index> found(static_cast<std::size_t>(keys.size()), -1);
    for (index row = 0; row < keys.size(); ++row) {
        if (keys.is_null(row)) continue;
        const auto at = rows.find(keys.text(row));
        if (at != rows.end()) found[static_cast<std::size_t>(row)] = at->second;
    }
    return found;
}

/// Values of `column` at `rows`, null where the row is -1.
Array gather(const Array& column, const std::vector<index>& rows) {
    const auto length = static_cast<index>(rows.size());
    if (column.size() == 0) return Array::nulls(column.type(), length);
    std::vector<index> safe(rows.size());
    std::transform(rows.begin(), rows.end(), safe.begin(), [](index row) { return std::max<index>(row, 0); });
    const Array taken = take(column, safe);
    detail::ValidityBuilder validity;
    for (index i = 0; i < length; ++i) {
        validity.append_valid(i);
        if (rows[static_cast<std::size_t>(i)] < 0 || taken.is_null(i)) validity.mark_null(i);
    }
    const index nulls = validity.null_count();
    return nulls == 0 ? taken : taken.with_validity(validity.finish(), nulls);
}

}  // namespace

Table look_up(const Table& table, std::string_view key, const Table& dictionary, std::string_view dictionary_key) {
    const Array keys = cast(table.column(key), Type::Utf8);
    const Array dictionary_keys = cast(dictionary.column(dictionary_key), Type::Utf8);
    const std::vector<index> rows = matches(keys, dictionary_keys, dictionary_key);
    Table out = table;
    for (index i = 0; i < dictionary.num_columns(); ++i) {
        Field field = dictionary.schema()[i];
        if (out.has_column(field.name)) continue;
        field.nullable = true;
        out = out.with_column(field, gather(dictionary.column(i), rows));
    }
    return out;
}

}  // namespace assay::data
