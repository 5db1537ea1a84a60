#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "assay/base/date.hpp"
#include "assay/base/file.hpp"
#include "assay/base/time.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/csv_writer.hpp"
#include "data/csv/binary_text.hpp"
#include "data/csv/null_texts.hpp"
#include "data/csv/utf8.hpp"

namespace assay::data {
namespace {

void append_quoted(std::string_view text, std::string& out) {
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

/// Text is quoted where it would otherwise end a field, or read back as null.
void append_text(std::string_view text, std::string& out) {
    static const csv::NullTexts nulls(CsvOptions{}.null_values);
    const bool plain = text.find_first_of("\",\r\n") == std::string_view::npos && !nulls.contains(text);
    plain ? static_cast<void>(out.append(text)) : append_quoted(text, out);
}

template <class T>
void append_number(T value, std::string& out) {
    if constexpr (std::is_floating_point_v<T>) {
        // In capitals, for "nan" reads back as null.
        if (std::isnan(value)) {
            out += std::signbit(value) ? "-NAN" : "NAN";
            return;
        }
    }
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), end);
}

void append_value(const Array& column, index row, std::string& out) {
    const auto at = static_cast<std::size_t>(row);
    switch (column.type()) {
        case Type::Bool:
            out += column.flag(row) ? "true" : "false";
            return;
        case Type::Int32:
            return append_number(column.values<std::int32_t>()[at], out);
        case Type::Int64:
            return append_number(column.values<std::int64_t>()[at], out);
        case Type::Float32:
            return append_number(column.values<float>()[at], out);
        case Type::Float64:
            return append_number(column.values<double>()[at], out);
        case Type::Utf8:
            return append_text(column.text(row), out);
        case Type::Binary:
            return append_text(csv::binary_to_text(column.text(row)), out);
        case Type::Date32:
            out += to_iso8601(column.values<Date>()[at]);
            return;
        case Type::Timestamp:
            out += to_iso8601(column.values<Timestamp>()[at]);
            return;
    }
}

}  // namespace

std::string to_csv(const Table& table) {
    std::string out;
    for (index i = 0; i < table.num_columns(); ++i) {
        if (i > 0) out += ',';
        append_text(table.schema()[i].name, out);
    }
    out += '\n';
    for (index row = 0; row < table.num_rows(); ++row) {
        for (index i = 0; i < table.num_columns(); ++i) {
            if (i > 0) out += ',';
            if (table.column(i).is_valid(row)) append_value(table.column(i), row, out);
        }
        out += '\n';
    }
    return out;
}

void write_csv(const Table& table, const std::filesystem::path& path) { write_file_atomic(path, to_csv(table)); }

}  // namespace assay::data
