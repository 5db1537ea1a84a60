#include "assay/features/drift/table_sample.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/numeric_column.hpp"
#include "features/drift/byte_reader.hpp"
#include "features/drift/table_sample_parts.hpp"

namespace assay::features {
namespace {

constexpr std::string_view kTableMagic = "ASSAYTS1";
constexpr std::string_view kGroupsMagic = "ASSAYTS2";  // has the rows in no group; units and labels of groups
constexpr const char* kWhat = "drift reference";

ColumnKind kind_of(data::Type type) noexcept {
    switch (type) {
        case data::Type::Int32:
        case data::Type::Int64:
        case data::Type::Float32:
        case data::Type::Float64:
            return ColumnKind::numbers;
        case data::Type::Bool:
        case data::Type::Utf8:
            return ColumnKind::categories;
        default:
            return ColumnKind::other;
    }
}

/// NumericSample takes missing values as NaN.
NumericSample numbers_of(const data::Array& column, const std::string& name, index most) {
    const data::Array doubles = detail::as_float64(column, name);
    const auto values = doubles.values<double>();
    try {
        if (doubles.null_count() == 0) return NumericSample::of(values).limited_to(most);
        const data::BitmapView valid = doubles.validity();
        std::vector<double> present(values.begin(), values.end());
        for (index i = 0; i < doubles.size(); ++i) {
            if (!valid[i]) present[static_cast<std::size_t>(i)] = std::numeric_limits<double>::quiet_NaN();
        }
        return NumericSample::of(present).limited_to(most);
    } catch (const ValueError& error) {
        throw ValueError("column '" + name + "': " + error.what());
    }
}

ColumnSample sample_of(const data::Array& column, const std::string& name, const SampleLimits& limits) {
    ColumnSample sample{.name = name, .kind = kind_of(column.type()), .rows = column.size()};
    if (sample.kind == ColumnKind::numbers) {
        sample.numbers = numbers_of(column, name, limits.most_distinct);
    } else if (sample.kind == ColumnKind::categories) {
        sample.categories = CategoryCounts::of(column, limits.most_categories);
    } else {
        sample.categories = CategoryCounts::none(column.null_count());
    }
    return sample;
}

bool has_values(const ColumnSample& column) noexcept { return column.missing() < column.rows; }

/// A column of missing values as one of another kind.
ColumnSample missing_column(const ColumnSample& column, ColumnKind kind) {
    ColumnSample made{.name = column.name, .kind = kind, .rows = column.rows};
    if (kind == ColumnKind::numbers) {
        made.numbers = NumericSample::of(
            std::vector<double>(static_cast<std::size_t>(column.missing()), std::numeric_limits<double>::quiet_NaN()));
    } else {
        made.categories = CategoryCounts::none(column.missing());
    }
    return made;
}

ColumnSample read_column(detail::ByteReader& reader, bool grouped) {
    ColumnSample column;
    column.name = reader.text();
    const auto kind = reader.number<std::uint8_t>();
    reader.expect(kind <= static_cast<std::uint8_t>(ColumnKind::other));
    column.kind = static_cast<ColumnKind>(kind);
    if (grouped) {
        column.unit = reader.text();
        column.labels = CategoryCounts::from_bytes(reader.text());
        reader.expect(column.kind == ColumnKind::numbers);
    }
    const std::string_view state = reader.text();
    if (column.kind == ColumnKind::numbers) {
        column.numbers = NumericSample::from_bytes(state);
    } else {
        column.categories = CategoryCounts::from_bytes(state);
        reader.expect(column.kind != ColumnKind::other || column.categories.count() == 0);
    }
    column.rows = column.numbers.count() + column.categories.count() + column.missing();
    return column;
}

}  // namespace

void detail::check_limits(const SampleLimits& limits) {
    if (limits.most_distinct >= NumericSample::kLeastLimit && limits.most_categories >= 1) return;
    throw ValueError("drift reference: expected room for at least 8192 distinct numbers and 1 category");
}

std::string_view ColumnSample::label() const noexcept {
    std::string_view best;
    index most = 0;
    if (labels.grouped()) return best;
    for (const auto& [label, count] : labels.entries()) {  // in the order of their bytes
        if (count > most) best = label;
        most = std::max(most, count);
    }
    return best;
}

std::string_view name_of(ColumnKind kind) noexcept {
    switch (kind) {
        case ColumnKind::numbers:
            return "numbers";
        case ColumnKind::categories:
            return "categories";
        default:
            return "other";
    }
}

TableSample TableSample::of(const data::Table& table, const SampleLimits& limits) {
    detail::check_limits(limits);
    TableSample sample;
    sample.limits_ = limits;
    sample.rows_ = table.num_rows();
    sample.columns_.resize(static_cast<std::size_t>(table.num_columns()));
    parallel_for(table.num_columns(), 1, [&](index begin, index end) {
        for (index i = begin; i < end; ++i) {
            sample.columns_[static_cast<std::size_t>(i)] = sample_of(table.column(i), table.schema()[i].name, limits);
        }
    });
    return sample;
}

void TableSample::merge(const TableSample& other) {
    if (columns_.empty() && rows_ == 0) {
        *this = other;
        return;
    }
    if (!(other.limits_ == limits_)) throw ValueError("drift reference: expected a partition with the same limits");
    if (other.grouped_ != grouped_) {
        throw ValueError(std::string("drift reference: expected a partition of ") + (grouped_ ? "groups" : "columns") +
                         ", got one of " + (grouped_ ? "columns" : "groups"));
    }
    if (grouped_) {
        merge_groups(other);
    } else {
        merge_columns(other);
    }
    rows_ += other.rows_;
}

void TableSample::merge_columns(const TableSample& other) {
    if (other.columns_.size() != columns_.size()) {
        throw SchemaError("drift reference: expected a partition of " + std::to_string(columns_.size()) +
                          " columns, got " + std::to_string(other.columns_.size()));
    }
    std::vector<ColumnSample> merged;
    for (const ColumnSample& column : columns_) {
        const ColumnSample* more = other.find(column.name);
        if (more == nullptr) {
            throw SchemaError("drift reference: expected column '" + column.name + "' in every partition");
        }
        const bool first = has_values(column);
        const bool second = has_values(*more);
        if (column.kind != more->kind && first && second) {
            throw SchemaError("drift reference: expected " + std::string(name_of(column.kind)) + " in column '" +
                              column.name + "', got " + std::string(name_of(more->kind)));
        }
        const ColumnKind kind =
            first == second ? std::min(column.kind, more->kind) : (first ? column.kind : more->kind);
        ColumnSample sum = column.kind == kind ? column : missing_column(column, kind);
        const ColumnSample part = more->kind == kind ? *more : missing_column(*more, kind);
        sum.rows += part.rows;
        sum.numbers.merge(part.numbers);
        sum.numbers = sum.numbers.limited_to(limits_.most_distinct);
        sum.categories.merge(part.categories, limits_.most_categories);
        merged.push_back(std::move(sum));
    }
    columns_ = std::move(merged);
}

const ColumnSample* TableSample::find(std::string_view name, std::string_view unit) const noexcept {
    const auto is_it = [&](const ColumnSample& column) { return column.name == name && column.unit == unit; };
    const auto found =
        grouped_ ? std::lower_bound(columns_.begin(), columns_.end(), std::pair(name, unit), detail::is_before)
                 : std::find_if(columns_.begin(), columns_.end(), is_it);
    return found == columns_.end() || !is_it(*found) ? nullptr : &*found;
}

std::string TableSample::to_bytes() const {
    std::string bytes(grouped_ ? kGroupsMagic : kTableMagic);
    detail::append_number(bytes, limits_.most_distinct);
    detail::append_number(bytes, limits_.most_categories);
    detail::append_number(bytes, rows_);
    if (grouped_) detail::append_number(bytes, unnamed_);
    detail::append_number(bytes, static_cast<std::uint64_t>(columns_.size()));
    for (const ColumnSample& column : columns_) {
        detail::append_text(bytes, column.name);
        detail::append_number(bytes, static_cast<std::uint8_t>(column.kind));
        if (grouped_) {
            detail::append_text(bytes, column.unit);
            detail::append_text(bytes, column.labels.to_bytes());
        }
        detail::append_text(
            bytes, column.kind == ColumnKind::numbers ? column.numbers.to_bytes() : column.categories.to_bytes());
    }
    return detail::sealed(std::move(bytes));
}

TableSample TableSample::from_bytes(std::string_view bytes) {
    if (bytes.size() > 8 && bytes.starts_with("ASSAYTS") && bytes[7] > '2' && bytes[7] <= '9') {
        throw ValueError("drift reference: expected version 1 or 2, got one that a later release of Assay wrote");
    }
    TableSample sample;
    sample.grouped_ = bytes.starts_with(kGroupsMagic);
    detail::ByteReader reader(bytes, sample.grouped_ ? kGroupsMagic : kTableMagic, kWhat);
    sample.limits_.most_distinct = reader.number<index>();
    sample.limits_.most_categories = reader.number<index>();
    detail::check_limits(sample.limits_);
    sample.rows_ = reader.number<index>();
    if (sample.grouped_) sample.unnamed_ = reader.number<index>();
    const auto columns = reader.number<std::uint64_t>();
    reader.expect(sample.rows_ >= 0 && sample.unnamed_ >= 0 && columns <= reader.left() / 17);
    index in_groups = sample.unnamed_;
    for (std::uint64_t i = 0; i < columns; ++i) {
        ColumnSample column = read_column(reader, sample.grouped_);
        if (sample.grouped_) {
            reader.expect(i == 0 ||
                          detail::is_before(sample.columns_.back(),
                                            std::pair(std::string_view(column.name), std::string_view(column.unit))));
            in_groups += column.rows;
        } else {
            reader.expect(sample.find(column.name) == nullptr && column.rows <= sample.rows_);
            reader.expect(column.kind == ColumnKind::other || column.rows == sample.rows_);
            column.rows = sample.rows_;
        }
        sample.columns_.push_back(std::move(column));
    }
    reader.expect(!sample.grouped_ || in_groups == sample.rows_);
    reader.expect_end();
    return sample;
}

}  // namespace assay::features
