#include "assay/data/fingerprint.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "assay/base/hash.hpp"
#include "assay/data/bitmap.hpp"

namespace assay::data {
namespace {

template <class T>
std::string_view bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

/// Text with its length before it, so that no two sequences of texts give the same bytes.
void add_text(Sha256& hash, std::string_view text) {
    const auto length = static_cast<std::uint64_t>(text.size());
    hash.update(bytes_of(length));
    hash.update(text);
}

void add_validity(Sha256& hash, const Array& column) {
    const auto nulls = static_cast<std::uint64_t>(column.null_count());
    hash.update(bytes_of(nulls));
    if (nulls == 0) return;
    const Buffer bits = copy_bits(column.validity());
    hash.update({bits.as<char>(), static_cast<std::size_t>((column.size() + 7) / 8)});
}

void add_fixed(Sha256& hash, const Array& column) {
    const auto width = static_cast<std::size_t>(width_of(column.type()));
    const char* values = column.buffers().values.as<char>() + static_cast<std::size_t>(column.offset()) * width;
    if (column.null_count() == 0) {
        hash.update({values, static_cast<std::size_t>(column.size()) * width});
        return;
    }
    for (index row = 0; row < column.size(); ++row)
        if (column.is_valid(row)) hash.update({values + static_cast<std::size_t>(row) * width, width});
}

void add_values(Sha256& hash, const Array& column) {
    if (column.size() == 0) return;
    if (is_variable_width(column.type())) {
        for (index row = 0; row < column.size(); ++row)
            if (column.is_valid(row)) add_text(hash, column.text(row));
    } else if (column.type() == Type::Bool) {
        for (index row = 0; row < column.size(); ++row) {
            const char flag = column.is_valid(row) && column.flag(row) ? '1' : '0';
            hash.update({&flag, 1});
        }
    } else {
        add_fixed(hash, column);
    }
}

}  // namespace

std::string fingerprint(const Table& table, std::span<const std::string> except) {
    Sha256 hash;
    const auto rows = static_cast<std::uint64_t>(table.num_rows());
    hash.update(bytes_of(rows));
    for (index i = 0; i < table.num_columns(); ++i) {
        const Field& field = table.schema()[i];
        if (std::find(except.begin(), except.end(), field.name) != except.end()) continue;
        add_text(hash, field.name);
        add_text(hash, name_of(field.type));
        add_validity(hash, table.column(i));
        add_values(hash, table.column(i));
    }
    return to_hex(hash.finish());
}

}  // namespace assay::data
