#include "assay/data/preview.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include "assay/data/detail/value_text.hpp"

namespace assay::data {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr index kLeftOut = -1;

/// The first and last of n, with kLeftOut in the middle where there are more than `limit`.
std::vector<index> ends_of(index n, index limit) {
    std::vector<index> shown;
    const index head = n <= limit ? n : (limit + 1) / 2;
    for (index i = 0; i < head; ++i) shown.push_back(i);
    if (n <= limit) return shown;
    shown.push_back(kLeftOut);
    for (index i = n - limit / 2; i < n; ++i) shown.push_back(i);
    return shown;
}

struct CodePoint {
    std::uint32_t value;
    index bytes;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const index bytes = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    std::uint32_t value = bytes == 1 ? lead : lead & (0xffu >> (bytes + 1));
    for (index i = 1; i < bytes; ++i) {
        if (at + static_cast<std::size_t>(i) >= text.size()) return {0xfffd, 1};
        value = (value << 6) | (static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]) & 0x3fu);
    }
    return {value, bytes};
}

/// Hangul, CJK and full-width forms take two cells of a fixed-width font.
index cells_of(std::uint32_t c) {
    const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                      (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                      (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

index width_in_cells(std::string_view text) {
    index width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        width += cells_of(point.value);
        at += static_cast<std::size_t>(point.bytes);
    }
    return width;
}

/// Control characters made visible, cut to `limit` cells.
std::string printable(std::string_view text, index limit) {
    std::string out;
    index width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        if (width + cells_of(point.value) > limit - 1 && at + static_cast<std::size_t>(point.bytes) < text.size()) {
            return out.append(kEllipsis);
        }
        if (point.value < 0x20 || point.value == 0x7f) {
            out.append("·");
        } else {
            out.append(text.substr(at, static_cast<std::size_t>(point.bytes)));
        }
        width += cells_of(point.value);
        at += static_cast<std::size_t>(point.bytes);
    }
    return out;
}

std::string hex_of(std::string_view bytes, index limit) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes.substr(0, static_cast<std::size_t>(limit / 2))) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

/// Everything the preview shows, as text: the header rows (name, type) and one row per shown row.
struct Grid {
    std::vector<index> columns;
    std::vector<std::vector<std::string>> rows;
    std::vector<bool> right_aligned;
};

std::string cell(const Array& column, index row, index limit) {
    if (column.is_null(row)) return "null";
    if (column.type() == Type::Binary) return hex_of(column.text(row), limit);
    return printable(detail::value_text(column, row), limit);
}

Grid grid_of(const Table& table, const PreviewLimits& limits) {
    Grid grid;
    grid.columns = ends_of(table.num_columns(), limits.columns);
    const std::vector<index> rows = ends_of(table.num_rows(), limits.rows);
    grid.rows.resize(rows.size() + 2);
    for (const index c : grid.columns) {
        if (c == kLeftOut) {
            for (auto& row : grid.rows) row.emplace_back(kEllipsis);
            grid.right_aligned.push_back(false);
            continue;
        }
        const Field& field = table.schema()[c];
        grid.rows[0].push_back(printable(field.name, limits.cell_width));
        grid.rows[1].emplace_back(name_of(field.type));
        for (std::size_t r = 0; r < rows.size(); ++r) {
            grid.rows[r + 2].push_back(rows[r] == kLeftOut ? std::string(kEllipsis)
                                                           : cell(table.column(c), rows[r], limits.cell_width));
        }
        grid.right_aligned.push_back(is_numeric(field.type));
    }
    return grid;
}

std::string size_line(const Table& table) {
    return "Table: " + std::to_string(table.num_rows()) + " rows × " + std::to_string(table.num_columns()) + " columns";
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '&') {
            out += "&amp;";
        } else if (c == '"') {
            out += "&quot;";
        } else {
            out += c;
        }
    }
    return out;
}

std::string range_text(const Range& range) {
    char text[80] = "[";
    auto end = std::to_chars(text + 1, text + 40, range.low).ptr;
    *end++ = ',';
    *end++ = ' ';
    end = std::to_chars(end, text + sizeof(text) - 1, range.high).ptr;
    *end++ = ']';
    return std::string(text, end);
}

}  // namespace

std::string preview_text(const Table& table, const PreviewLimits& limits) {
    const Grid grid = grid_of(table, limits);
    std::vector<index> widths(grid.columns.size(), 0);
    for (const auto& row : grid.rows) {
        for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_in_cells(row[c]));
    }
    std::string out = size_line(table);
    for (const auto& row : grid.rows) {
        std::string line;
        for (std::size_t c = 0; c < row.size(); ++c) {
            const std::string pad(static_cast<std::size_t>(widths[c] - width_in_cells(row[c])), ' ');
            if (c > 0) line += "  ";
            line += grid.right_aligned[c] ? pad + row[c] : row[c] + pad;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out.append("\n").append(line);
    }
    return out;
}

std::string preview_html(const Table& table, const PreviewLimits& limits) {
    const Grid grid = grid_of(table, limits);
    std::string out = "<div><table><thead>";
    for (std::size_t r = 0; r < grid.rows.size(); ++r) {
        const char* tag = r < 2 ? "th" : "td";
        out += "<tr>";
        for (std::size_t c = 0; c < grid.rows[r].size(); ++c) {
            out += std::string("<") + tag + " style=\"text-align:" + (grid.right_aligned[c] ? "right" : "left") +
                   (r == 1 ? ";font-weight:normal" : "") + "\">" + escaped(grid.rows[r][c]) + "</" + tag + ">";
        }
        out += r == 1 ? "</tr></thead><tbody>" : "</tr>";
    }
    return out + "</tbody></table><p>" + size_line(table) + "</p></div>";
}

std::string preview_text(const TableSchema& schema) {
    std::string out = "Schema: " + std::to_string(schema.size()) + " fields";
    for (const Field& field : schema) {
        out.append("\n").append(field.name).append(": ").append(name_of(field.type));
        if (!field.nullable) out += ", not null";
        if (!field.unit.empty()) out += ", unit " + field.unit;
        if (!field.loinc.empty()) out += ", LOINC " + field.loinc;
        if (field.valid) out += ", valid " + range_text(*field.valid);
        if (field.outlier) out += ", possible " + range_text(*field.outlier);
    }
    return out;
}

}  // namespace assay::data
