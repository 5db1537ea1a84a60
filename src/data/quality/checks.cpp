#include "data/quality/checks.hpp"

#include <re2/re2.h>

#include <cmath>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "assay/base/error.hpp"
#include "data/quality/row_key.hpp"

namespace assay::data::detail {
namespace {

void expect_text(const Array& column, const std::string& name, const char* rule) {
    if (column.type() != Type::Utf8) {
        throw SchemaError(std::string(rule) + ": expected a text column, got '" + name + "' of type " +
                          std::string(name_of(column.type())));
    }
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

template <class T>
std::vector<index> outside(const Array& column, Range range) {
    std::vector<index> rows;
    const auto values = column.values<T>();
    for (index i = 0; i < column.size(); ++i) {
        if (column.is_valid(i) && !range.contains(static_cast<double>(values[static_cast<std::size_t>(i)]))) {
            rows.push_back(i);
        }
    }
    return rows;
}

template <class Keep>
std::vector<index> failing_texts(const Array& column, Keep accepted) {
    std::vector<index> rows;
    for (index i = 0; i < column.size(); ++i) {
        if (column.is_valid(i) && !accepted(column.text(i))) rows.push_back(i);
    }
    return rows;
}

}  // namespace

std::vector<index> failing_rows(const Table& table, const RequiredCheck& check) {
    const Array& column = table.column(check.column);
    std::vector<index> rows;
    for (index i = 0; i < column.size(); ++i) {
        if (column.is_null(i) || (column.type() == Type::Utf8 && is_blank(column.text(i)))) rows.push_back(i);
    }
    return rows;
}

std::vector<index> failing_rows(const Table& table, const RangeCheck& check) {
    const Array& column = table.column(check.column);
    switch (column.type()) {
        case Type::Float64:
            return outside<double>(column, check.range);
        case Type::Float32:
            return outside<float>(column, check.range);
        case Type::Int64:
            return outside<std::int64_t>(column, check.range);
        case Type::Int32:
            return outside<std::int32_t>(column, check.range);
        default:
            throw SchemaError("range: expected a numeric column, got '" + check.column + "' of type " +
                              std::string(name_of(column.type())));
    }
}

std::vector<index> failing_rows(const Table& table, const UniqueCheck& check) {
    if (check.columns.empty()) throw ValueError("unique: expected at least one column, got none");
    std::vector<const Array*> columns;
    for (const std::string& name : check.columns) columns.push_back(&table.column(name));
    std::unordered_set<std::string> seen;
    seen.reserve(static_cast<std::size_t>(table.num_rows()));
    std::vector<index> rows;
    std::string key;
    for (index i = 0; i < table.num_rows(); ++i) {
        key.clear();
        for (const Array* column : columns) append_key(key, *column, i);
        if (!seen.insert(key).second) rows.push_back(i);
    }
    return rows;
}

std::vector<index> failing_rows(const Table& table, const ReferenceCheck& check) {
    const Array& column = table.column(check.column);
    if (column.type() != check.values.type()) {
        throw SchemaError("reference: expected '" + check.column + "' and '" + check.target + "' of one type, got " +
                          std::string(name_of(column.type())) + " and " + std::string(name_of(check.values.type())));
    }
    std::unordered_set<std::string> known;
    std::string key;
    for (index i = 0; i < check.values.size(); ++i) {
        key.clear();
        append_key(key, check.values, i);
        known.insert(key);
    }
    std::vector<index> rows;
    for (index i = 0; i < column.size(); ++i) {
        if (column.is_null(i)) continue;
        key.clear();
        append_key(key, column, i);
        if (!known.contains(key)) rows.push_back(i);
    }
    return rows;
}

std::vector<index> failing_rows(const Table& table, const PatternCheck& check) {
    const Array& column = table.column(check.column);
    expect_text(column, check.column, "pattern");
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 pattern(check.pattern, options);
    if (!pattern.ok()) {
        throw ValueError("pattern: expected an RE2 expression for '" + check.column + "', got '" + check.pattern +
                         "': " + pattern.error());
    }
    return failing_texts(column, [&](std::string_view text) {
        return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
    });
}

std::vector<index> failing_rows(const Table& table, const AllowedCheck& check) {
    const Array& column = table.column(check.column);
    expect_text(column, check.column, "allowed");
    const std::unordered_set<std::string_view> allowed(check.values.begin(), check.values.end());
    return failing_texts(column, [&](std::string_view text) { return allowed.contains(text); });
}

std::vector<index> failing_rows(const Table& table, const MonotoneCheck& check) {
    const Array& column = table.column(check.column);
    if (column.type() != Type::Timestamp && column.type() != Type::Date32) {
        throw SchemaError("monotone: expected a time column, got '" + check.column + "' of type " +
                          std::string(name_of(column.type())));
    }
    const auto at = [&](index i) {
        const auto k = static_cast<std::size_t>(i);
        return column.type() == Type::Timestamp ? column.values<Timestamp>()[k].micros()
                                                : std::int64_t{column.values<Date>()[k].days()};
    };
    const Array* group = check.group_by.empty() ? nullptr : &table.column(check.group_by);
    std::unordered_map<std::string, std::int64_t> latest;
    std::vector<index> rows;
    std::string key;
    for (index i = 0; i < column.size(); ++i) {
        if (column.is_null(i)) continue;
        key.clear();
        if (group != nullptr) append_key(key, *group, i);
        const auto [last, first] = latest.emplace(key, at(i));
        if (first) continue;
        if (at(i) < last->second) rows.push_back(i);
        last->second = at(i);
    }
    return rows;
}

}  // namespace assay::data::detail
