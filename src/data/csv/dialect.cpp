#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "data/csv/cells.hpp"
#include "data/csv/head.hpp"
#include "data/csv/transcoder.hpp"

namespace assay::data {
namespace csv {
namespace {

constexpr index kSampleRows = 200;

/// The first rows of a text under one choice of marks.
struct Reading {
    Marks marks;
    std::vector<std::vector<std::string>> rows;  ///< blank lines and faulty rows have no fields
    std::vector<index> begins;
    std::size_t num_fields = 1;  ///< that most rows have
    std::size_t first = 0;       ///< row with that many
    double score = 0;            ///< share of rows from the first on that have them, less a little for each row before
};

Reading read_sample(std::string_view text, bool at_end, const Marks& marks) {
    Reading out;
    out.marks = marks;
    std::map<std::size_t, index> counts;
    for (index at = 0; at < static_cast<index>(text.size()) && static_cast<index>(out.rows.size()) < kSampleRows;) {
        std::vector<std::string> fields;
        const ScannedRow row = split_row(text, at, marks, at_end, fields);
        if (!row.whole) break;
        if (row.fault != RowFault::None || (fields.size() == 1 && fields[0].empty())) fields.clear();
        if (fields.size() > 1) ++counts[fields.size()];
        out.begins.push_back(at);
        out.rows.push_back(std::move(fields));
        at = row.next;
    }
    index most = 0;
    for (const auto& [fields, count] : counts) {
        if (count >= most) {
            most = count;
            out.num_fields = fields;
        }
    }
    if (counts.empty()) return out;
    while (out.rows[out.first].size() != out.num_fields) ++out.first;
    index fitting = 0;
    index filled = 0;
    for (std::size_t i = out.first; i < out.rows.size(); ++i) {
        fitting += out.rows[i].size() == out.num_fields ? 1 : 0;
        filled += out.rows[i].empty() ? 0 : 1;
    }
    out.score = static_cast<double>(fitting) / static_cast<double>(std::max<index>(filled, 1)) -
                0.02 * static_cast<double>(out.first);
    return out;
}

const char* spoken(char delimiter) {
    switch (delimiter) {
        case '\t':
            return "tab";
        case ';':
            return "semicolon";
        case '|':
            return "vertical bar";
        default:
            return "comma";
    }
}

/// Single quotes count as quotes only where whole fields stand in them and no double quote is seen.
char detect_quote(std::string_view text, char newline) {
    if (text.find('"') != std::string_view::npos) return '"';
    index opening = 0;
    index closing = 0;
    const auto border = [newline](char c) {
        return c == newline || c == '\r' || c == ',' || c == ';' || c == '\t' || c == '|';
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\'') continue;
        if (i == 0 || border(text[i - 1])) ++opening;
        if (i + 1 == text.size() || border(text[i + 1])) ++closing;
    }
    return opening >= 2 && opening == closing ? '\'' : '"';
}

bool is_data(const std::string& field) {
    static const NullTexts none{{}};
    const unsigned set = classify(field, false, none);
    return set != seen::kText && !field.empty();
}

bool holds_data(const std::vector<std::string>& row) { return std::any_of(row.begin(), row.end(), is_data); }

/// Whether the first full row names the columns.
bool detect_header(const Reading& reading, std::vector<std::string>& remarks) {
    if (reading.rows.empty()) return true;
    const std::vector<std::string>& first = reading.rows[reading.first];
    if (holds_data(first)) {
        remarks.emplace_back(
            "the first row holds numbers or dates: read as data, columns are named column_1, column_2, …");
        return false;
    }
    if (reading.first + 1 >= reading.rows.size()) return true;
    for (std::size_t i = reading.first + 1; i < reading.rows.size(); ++i) {
        if (holds_data(reading.rows[i])) return true;
    }
    remarks.emplace_back("every column holds text: the first row was taken for the header");
    return true;
}

/// Where rows and header disagree on the number of fields the header must not be mistaken for a preamble.
std::size_t find_header_row(const Reading& reading, std::vector<std::string>& remarks) {
    if (reading.first == 0 || reading.num_fields < 2) return reading.first;
    const auto& before = reading.rows[reading.first - 1];
    if (before.size() < 2 || holds_data(before) || !holds_data(reading.rows[reading.first])) return reading.first;
    remarks.push_back("the header has " + std::to_string(before.size()) + " fields, most rows have " +
                      std::to_string(reading.num_fields));
    return reading.first - 1;
}

}  // namespace

CsvDialect detect_layout(std::string_view text, bool at_end, std::vector<std::string>& remarks) {
    CsvDialect out;
    const bool only_cr = text.find('\n') == std::string_view::npos && text.find('\r') != std::string_view::npos;
    out.newline = only_cr ? '\r' : '\n';
    out.quote = detect_quote(text, out.newline);
    Reading best;
    Reading second;
    for (const char delimiter : {',', ';', '\t', '|'}) {
        Marks marks;
        marks.delimiter = delimiter;
        marks.quote = out.quote;
        marks.newline = out.newline;
        Reading reading = read_sample(text, at_end, marks);
        const bool better = best.rows.empty() || reading.score > best.score + 1e-9 ||
                            (reading.score > best.score - 1e-9 && reading.num_fields > best.num_fields);
        if (better) std::swap(best, reading);
        if (reading.num_fields > 1 && reading.score > second.score) second = std::move(reading);
    }
    out.delimiter = best.marks.delimiter;
    if (best.num_fields < 2) {
        remarks.emplace_back("no delimiter found: read as one column");
    } else if (second.score > 0.9 && second.score > best.score - 0.1) {
        remarks.push_back(std::string("delimiter ") + spoken(best.marks.delimiter) + " gives " +
                          std::to_string(best.num_fields) + " columns; " + spoken(second.marks.delimiter) +
                          " would give " + std::to_string(second.num_fields));
    }
    best.first = find_header_row(best, remarks);
    if (best.num_fields < 2) {
        while (best.first < best.rows.size() && best.rows[best.first].empty()) ++best.first;
        if (best.first == best.rows.size()) best.first = 0;
    }
    if (best.first > 0) {
        const std::string_view before = text.substr(0, static_cast<std::size_t>(best.begins[best.first]));
        out.preamble_lines = static_cast<index>(std::count(before.begin(), before.end(), out.newline));
        remarks.push_back(std::to_string(out.preamble_lines) +
                          " lines before the first full row were read as a preamble");
    }
    out.has_header = detect_header(best, remarks);
    return out;
}

}  // namespace csv

DetectedDialect detect_dialect(std::string_view head) {
    DetectedDialect out;
    head = head.substr(0, static_cast<std::size_t>(csv::kHeadBytes));
    const Encoding encoding = csv::detect_encoding(head, out.remarks);
    csv::Input input;
    input.name = "head";
    input.bytes = head;
    const auto source = csv::open_text(input, encoding);
    const std::string text = csv::read_head(*source);
    out.dialect = csv::detect_layout(text, static_cast<index>(head.size()) < csv::kHeadBytes, out.remarks);
    out.dialect.encoding = encoding;
    return out;
}

}  // namespace assay::data
