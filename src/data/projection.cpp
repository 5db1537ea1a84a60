#include "assay/data/projection.hpp"

#include <algorithm>
#include <optional>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/select.hpp"

namespace assay::data {
namespace {

enum class Letters : std::uint8_t { Keep, Lower, Upper, Coding, None };

/// Literal text followed by a column's value; column -1 at the end of the template.
struct Piece {
    std::string literal;
    Array text;
    bool has_column = false;
    Letters letters = Letters::Keep;
};

struct Reference {
    std::string_view column;
    Letters letters;
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

void append_in(Letters letters, std::string_view text, std::string& out) {
    const auto bar = letters == Letters::Coding ? std::min(text.find('|'), text.size()) : std::size_t{0};
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool down = letters == Letters::Lower || (letters == Letters::Coding && i < bar);
        const bool up = letters == Letters::Upper || (letters == Letters::Coding && i > bar);
        out += down ? lower(text[i]) : up ? upper(text[i]) : text[i];
    }
}

Reference parse_reference(std::string_view inside, std::string_view pattern) {
    const auto colon = inside.find(':');
    if (colon == std::string_view::npos) return {inside, Letters::Keep};
    const std::string_view option = inside.substr(colon + 1);
    const std::string_view column = inside.substr(0, colon);
    if (option == "lower") return {column, Letters::Lower};
    if (option == "upper") return {column, Letters::Upper};
    if (option == "coding") return {column, Letters::Coding};
    if (option == "given") return {column, Letters::None};
    throw ValueError("project: expected lower, upper, coding or given after ':' in the template '" +
                     std::string(pattern) + "'");
}

std::string_view inside_braces(std::string_view pattern, std::size_t open) {
    const auto close = pattern.find('}', open);
    if (close == std::string_view::npos)
        throw ValueError("project: '{' without '}' in the template '" + std::string(pattern) + "'");
    return pattern.substr(open + 1, close - open - 1);
}

/// The pieces of a template, or nothing if the table lacks one of its columns.
std::optional<std::vector<Piece>> compile(std::string_view pattern, const Table& table) {
    std::vector<Piece> pieces;
    std::size_t at = 0;
    while (at <= pattern.size()) {
        const auto open = pattern.find('{', at);
        Piece piece{std::string(pattern.substr(at, open - at)), {}, false, Letters::Keep};
        if (open == std::string_view::npos) {
            pieces.push_back(std::move(piece));
            break;
        }
        const std::string_view inside = inside_braces(pattern, open);
        const Reference reference = parse_reference(inside, pattern);
        if (!table.has_column(reference.column)) return std::nullopt;
        piece.text = cast(table.column(reference.column), Type::Utf8);
        piece.has_column = true;
        piece.letters = reference.letters;
        pieces.push_back(std::move(piece));
        at = open + inside.size() + 2;
    }
    return pieces;
}

/// Writes the row's text to `out`; false where one of its values is null.
bool fill(const std::vector<Piece>& pieces, index row, std::string& out) {
    out.clear();
    for (const Piece& piece : pieces) {
        out += piece.literal;
        if (!piece.has_column) continue;
        if (piece.text.is_null(row)) return false;
        if (piece.letters != Letters::None) append_in(piece.letters, piece.text.text(row), out);
    }
    return true;
}

/// The column that a rule takes over as it is, where it does nothing else.
std::optional<std::string_view> plain_column(const ColumnRule& rule, const Table& table) {
    if (!rule.recode.empty()) return std::nullopt;
    std::optional<std::string_view> found;
    for (const std::string& pattern : rule.from) {
        if (!compile(pattern, table)) continue;
        const bool whole = pattern.size() > 2 && pattern.front() == '{' && pattern.find('}') == pattern.size() - 1;
        if (found || !whole || pattern.find(':') != std::string::npos) return std::nullopt;
        found = std::string_view(pattern).substr(1, pattern.size() - 2);
    }
    return found;
}

Array compose(const ColumnRule& rule, const Table& table, const std::vector<std::vector<Piece>>& templates) {
    TextBuilder builder;
    std::string text;
    for (index row = 0; row < table.num_rows(); ++row) {
        const bool given = std::any_of(templates.begin(), templates.end(),
                                       [&](const std::vector<Piece>& pieces) { return fill(pieces, row, text); });
        if (!given) {
            builder.append_null();
            continue;
        }
        const auto other = rule.recode.find(text);
        builder.append(other == rule.recode.end() ? std::string_view(text) : std::string_view(other->second));
    }
    const Array composed = builder.finish();
    return rule.field.type == Type::Utf8 ? composed : cast(composed, rule.field.type);
}

std::string listed(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "'" : ", '") + name + "'";
    return out;
}

Array make_column(const ColumnRule& rule, const Table& table) {
    if (const auto column = plain_column(rule, table)) {
        const Array& source = table.column(*column);
        return source.type() == rule.field.type ? source : cast(source, rule.field.type);
    }
    std::vector<std::vector<Piece>> templates;
    for (const std::string& pattern : rule.from)
        if (auto pieces = compile(pattern, table)) templates.push_back(std::move(*pieces));
    if (!templates.empty()) return compose(rule, table, templates);
    if (!rule.field.nullable)
        throw SchemaError("project: expected a column for '" + rule.field.name + "' from " + listed(rule.from) +
                          ", but the table has none of them");
    return Array::nulls(rule.field.type, table.num_rows());
}

}  // namespace

Table project(const Table& table, std::span<const ColumnRule> rules) {
    std::vector<Field> fields;
    std::vector<Array> columns;
    for (const ColumnRule& rule : rules) {
        fields.push_back(rule.field);
        columns.push_back(make_column(rule, table));
    }
    return Table(TableSchema(std::move(fields)), std::move(columns));
}

}  // namespace assay::data
