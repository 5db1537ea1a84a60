#include "data/csv/planner.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "assay/base/error.hpp"
#include "data/csv/cells.hpp"
#include "data/csv/head.hpp"
#include "data/csv/utf8.hpp"

namespace assay::data::csv {
namespace {

constexpr index kGuessRows = 2000;

std::string numbered(index column) { return "column_" + std::to_string(column + 1); }

/// Names of columns for an error text; a header that looks like data is not repeated.
std::string list_of(const std::vector<std::string>& names) {
    const NullTexts none{{}};
    std::string out;
    for (const std::string& name : names) {
        if (classify(name, false, none) != seen::kText || name.size() > 100) {
            return std::to_string(names.size()) + " that do not look like names";
        }
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

void check_names(Opening& opening) {
    std::unordered_map<std::string, index> seen_at;
    index unnamed = 0;
    for (index i = 0; i < static_cast<index>(opening.columns.size()); ++i) {
        std::string& name = opening.columns[static_cast<std::size_t>(i)];
        name = std::string(trim_blanks(name));
        if (!is_utf8(name)) {
            throw SchemaError("read_csv: " + opening.name + ": the name of column " + std::to_string(i + 1) +
                              " is not valid " + std::string(name_of(opening.dialect.encoding)) +
                              "; pass the file's encoding, such as cp949 or windows-1252");
        }
        if (name.empty()) {
            name = numbered(i);
            ++unnamed;
        }
        const auto [at, is_new] = seen_at.emplace(name, i);
        if (!is_new) {
            throw SchemaError("read_csv: " + opening.name + ", line " + std::to_string(opening.first_line - 1) +
                              ": expected each column name once, columns " + std::to_string(at->second + 1) + " and " +
                              std::to_string(i + 1) + " have the same name; rename one of them in the header");
        }
    }
    if (unnamed > 0) {
        opening.remarks.push_back(std::to_string(unnamed) + " columns without a name were named by their position");
    }
}

/// Vendors' names become canonical ones; what changed is said.
void rename_columns(const NameMap& names, Opening& opening) {
    std::vector<std::string> canonical;
    try {
        canonical = names.canonical(opening.columns);
    } catch (const SchemaError& error) {
        throw SchemaError("read_csv: " + opening.name + ": " + error.what());
    }
    std::string changes;
    for (std::size_t i = 0; i < canonical.size(); ++i) {
        if (canonical[i] == opening.columns[i]) continue;
        changes += (changes.empty() ? "" : ", ") + opening.columns[i] + " -> " + canonical[i];
    }
    if (!changes.empty()) opening.remarks.push_back("columns were renamed: " + changes);
    opening.columns = std::move(canonical);
}

void keep_preamble(Opening& opening, index end) {
    std::string_view rest(opening.text.data(), static_cast<std::size_t>(end));
    while (!rest.empty()) {
        const auto line_end = std::min(rest.find(opening.marks.newline), rest.size());
        std::string_view line = rest.substr(0, line_end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        opening.preamble.emplace_back(line);
        rest.remove_prefix(std::min(line_end + 1, rest.size()));
    }
}

index find_column(const std::vector<std::string>& names, const std::string& name) {
    const auto at = std::find(names.begin(), names.end(), name);
    return at == names.end() ? -1 : at - names.begin();
}

/// What an error may say of the columns: where the schema knows none of them the first line may be a patient's data.
std::string found_columns(const TableSchema& schema, const Opening& opening, index fields) {
    const std::string count = std::to_string(fields) + (fields == 1 ? " column" : " columns");
    if (!opening.dialect.has_header) return count + " without a header";
    const bool header = std::any_of(opening.columns.begin(), opening.columns.end(),
                                    [&](const std::string& name) { return schema.find(name).has_value(); });
    return header ? "columns: " + list_of(opening.columns)
                  : count + " that the schema does not know (has it a header?)";
}

void plan_schema(const CsvOptions& options, Opening& opening, ReadPlan& plan) {
    std::vector<bool> used(opening.columns.size(), false);
    for (index i = 0; i < options.schema->size(); ++i) {
        ColumnPlan column;
        column.field = (*options.schema)[i];
        // Without a header columns are told by their place.
        const bool placed = !opening.dialect.has_header;
        column.file_column =
            placed ? (i < plan.num_fields() ? i : -1) : find_column(opening.columns, column.field.name);
        if (column.file_column >= 0) {
            used[static_cast<std::size_t>(column.file_column)] = true;
        } else if (!options.missing_as_null || !column.field.nullable) {
            throw SchemaError("read_csv: " + opening.name + ": expected a column '" + column.field.name + "', got " +
                              found_columns(*options.schema, opening, plan.num_fields()) +
                              "; rename it in the header or leave it out of the schema");
        } else {
            opening.remarks.push_back("column '" + column.field.name + "' is missing: all null");
        }
        plan.columns.push_back(std::move(column));
    }
    for (index i = 0; options.keep_extra_columns && i < plan.num_fields(); ++i) {
        if (used[static_cast<std::size_t>(i)]) continue;
        ColumnPlan column;
        column.field.name = opening.columns[static_cast<std::size_t>(i)];
        column.field.type = Type::Utf8;
        column.file_column = i;
        // A numbered column may meet a name of the schema.
        if (options.schema->find(column.field.name)) column.field.name += "_extra";
        plan.columns.push_back(std::move(column));
    }
}

std::vector<unsigned> look_at_rows(const Opening& opening, const ReadPlan& plan) {
    std::vector<unsigned> seen(opening.columns.size(), 0);
    std::vector<std::string> fields;
    index at = opening.first_row;
    const std::string_view text = opening.text;
    for (index row = 0; row < kGuessRows && at < static_cast<index>(text.size()); ++row) {
        index first = at;
        std::vector<Cell> cells;
        const ScannedRow found = scan_row(text, at, opening.marks, opening.whole, [&](index end) {
            std::string_view field =
                text.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first));
            const bool last =
                end >= static_cast<index>(text.size()) || text[static_cast<std::size_t>(end)] == opening.marks.newline;
            if (last && opening.marks.cr_before_newline() && !field.empty() && field.back() == '\r') {
                field.remove_suffix(1);
            }
            cells.push_back(open_cell(field, opening.marks.quote));
            first = end + 1;
        });
        if (!found.whole) break;
        const auto line = text.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(found.end - at));
        at = found.next;
        if (found.fault != RowFault::None || cells.size() != seen.size() || !is_utf8(line)) continue;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            seen[i] |= cells[i].escaped ? seen::kText : classify(cells[i].text, cells[i].quoted, plan.nulls);
        }
    }
    return seen;
}

}  // namespace

void find_header(const CsvOptions& options, Opening& opening) {
    const CsvDialect& dialect = opening.dialect;
    opening.marks = {dialect.delimiter, dialect.quote, dialect.newline, options.max_row_bytes};
    index at = start_of_line(opening.text, dialect.preamble_lines, dialect.newline);
    keep_preamble(opening, at);
    const auto size = static_cast<index>(opening.text.size());
    const auto is_blank = [&](index begin) {
        const auto c = opening.text[static_cast<std::size_t>(begin)];
        const auto next = begin + 1 < size ? opening.text[static_cast<std::size_t>(begin) + 1] : dialect.newline;
        return c == dialect.newline || (c == '\r' && dialect.newline == '\n' && next == '\n');
    };
    index blank_lines = 0;
    for (; at < size && is_blank(at);
         at = start_of_line(opening.text, dialect.preamble_lines + blank_lines, dialect.newline)) {
        ++blank_lines;
    }
    if (at >= size) {
        throw IoError("read_csv: " + opening.name + ": expected a header line, got " +
                      (dialect.preamble_lines > 0 ? "nothing after the preamble" : "an empty file") +
                      "; check the export that wrote it");
    }
    const ScannedRow row = split_row(opening.text, at, opening.marks, opening.whole, opening.columns);
    if (!row.whole || row.fault != RowFault::None) {
        throw IoError("read_csv: " + opening.name + ", line " +
                      std::to_string(dialect.preamble_lines + blank_lines + 1) +
                      ": expected a header line with closed quotes and at most 1 MiB; check delimiter and quote");
    }
    opening.first_row = at;
    opening.first_line = dialect.preamble_lines + blank_lines + 1;
    if (dialect.has_header) {
        const std::string_view header(opening.text.data() + at, static_cast<std::size_t>(row.next - at));
        opening.first_row = row.next;
        opening.first_line += std::count(header.begin(), header.end(), dialect.newline);
        check_names(opening);
        if (options.names) rename_columns(*options.names, opening);
    } else {
        for (std::size_t i = 0; i < opening.columns.size(); ++i) opening.columns[i] = numbered(static_cast<index>(i));
    }
}

ReadPlan make_plan(const CsvOptions& options, Opening& opening, std::vector<unsigned>& seen) {
    ReadPlan plan;
    plan.marks = opening.marks;
    plan.file_columns = opening.columns;
    plan.nulls = NullTexts(options.null_values);
    plan.enforce_limits = options.enforce_limits;
    plan.line_column = options.line_column;
    if (options.schema) {
        plan.read_time = options.read_time;
        plan.is_skipped_time = options.is_skipped_time;
    }
    if (options.schema) {
        plan_schema(options, opening, plan);
        return plan;
    }
    for (index i = 0; i < plan.num_fields(); ++i) {
        ColumnPlan column;
        column.field.name = opening.columns[static_cast<std::size_t>(i)];
        column.field.type = Type::Utf8;
        column.file_column = i;
        column.inferred = options.infer_types;
        plan.columns.push_back(std::move(column));
    }
    if (options.infer_types) {
        seen = look_at_rows(opening, plan);
        set_types(seen, plan);
    }
    return plan;
}

void set_types(const std::vector<unsigned>& seen, ReadPlan& plan) {
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
        plan.columns[i].field.type = type_for(seen[i]);
        plan.columns[i].unknown = seen[i] == 0;
    }
}

}  // namespace assay::data::csv
