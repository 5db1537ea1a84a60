#include "assay/data/quarantine.hpp"

#include <string_view>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::data {

Quarantine::Quarantine(Table rows) : rows_(std::move(rows)) {
    if (rows_.schema() != schema()) {
        throw SchemaError("quarantine: expected the columns file, line, byte_offset, byte_length, rules, columns, raw");
    }
}

const TableSchema& Quarantine::schema() {
    static const TableSchema kSchema = [] {
        const auto field = [](const char* name, Type type, const char* description) {
            Field out;
            out.name = name;
            out.type = type;
            out.nullable = false;
            out.description = description;
            return out;
        };
        return TableSchema{field("file", Type::Utf8, "file the row came from"),
                           field("line", Type::Int64, "line of the row's first byte, from 1"),
                           field("byte_offset", Type::Int64, "offset of the row's first byte in the decoded file"),
                           field("byte_length", Type::Int64, "bytes of the row without its line end"),
                           field("rules", Type::Utf8, "ids of all rules that failed, joined by ';'"),
                           field("columns", Type::Utf8, "columns concerned, joined by ';'"),
                           field("raw", Type::Binary, "original bytes of the row without its line end")};
    }();
    return kSchema;
}

std::map<std::string, index> Quarantine::counts_by_rule() const {
    std::map<std::string, index> counts;
    const Array& rules = rows_.column("rules");
    for (index i = 0; i < rules.size(); ++i) {
        std::string_view ids = rules.text(i);
        while (!ids.empty()) {
            const auto end = ids.find(';');
            ++counts[std::string(ids.substr(0, end))];
            ids = end == std::string_view::npos ? std::string_view{} : ids.substr(end + 1);
        }
    }
    return counts;
}

}  // namespace assay::data
