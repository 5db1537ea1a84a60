#include "assay/features/drift/table_sample.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/numeric_column.hpp"
#include "features/drift/byte_reader.hpp"

namespace assay::features {
namespace {

constexpr std::string_view kTableMagic = "ASSAYTS1";
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
    ColumnSample sample{name, kind_of(column.type()), {}, {}};
    if (sample.kind == ColumnKind::numbers) {
        sample.numbers = numbers_of(column, name, limits.most_distinct);
    } else if (sample.kind == ColumnKind::categories) {
        sample.categories = CategoryCounts::of(column, limits.most_categories);
    } else {
        sample.categories = CategoryCounts::none(column.null_count());
    }
    return sample;
}

void check_limits(const SampleLimits& limits) {
    if (limits.most_distinct >= NumericSample::kLeastLimit && limits.most_categories >= 1) return;
    throw ValueError("drift reference: expected room for at least 8192 distinct numbers and 1 category");
}

bool has_values(const ColumnSample& column, index rows) noexcept { return column.missing() < rows; }

/// A column of missing values as one of another kind.
ColumnSample missing_column(const ColumnSample& column, ColumnKind kind) {
    ColumnSample made{column.name, kind, {}, {}};
    if (kind == ColumnKind::numbers) {
        made.numbers = NumericSample::of(
            std::vector<double>(static_cast<std::size_t>(column.missing()), std::numeric_limits<double>::quiet_NaN()));
    } else {
        made.categories = CategoryCounts::none(column.missing());
    }
    return made;
}

}  // namespace

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
    check_limits(limits);
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
        const bool first = has_values(column, rows_);
        const bool second = has_values(*more, other.rows_);
        if (column.kind != more->kind && first && second) {
            throw SchemaError("drift reference: expected " + std::string(name_of(column.kind)) + " in column '" +
                              column.name + "', got " + std::string(name_of(more->kind)));
        }
        const ColumnKind kind =
            first == second ? std::min(column.kind, more->kind) : (first ? column.kind : more->kind);
        ColumnSample sum = column.kind == kind ? column : missing_column(column, kind);
        const ColumnSample part = more->kind == kind ? *more : missing_column(*more, kind);
        sum.numbers.merge(part.numbers);
        sum.numbers = sum.numbers.limited_to(limits_.most_distinct);
        sum.categories.merge(part.categories, limits_.most_categories);
        merged.push_back(std::move(sum));
    }
    columns_ = std::move(merged);
    rows_ += other.rows_;
}

const ColumnSample* TableSample::find(std::string_view name) const noexcept {
    const auto found =
        std::find_if(columns_.begin(), columns_.end(), [&](const ColumnSample& column) { return column.name == name; });
    return found == columns_.end() ? nullptr : &*found;
}

std::string TableSample::to_bytes() const {
    std::string bytes(kTableMagic);
    detail::append_number(bytes, limits_.most_distinct);
    detail::append_number(bytes, limits_.most_categories);
    detail::append_number(bytes, rows_);
    detail::append_number(bytes, static_cast<std::uint64_t>(columns_.size()));
    for (const ColumnSample& column : columns_) {
        detail::append_text(bytes, column.name);
        detail::append_number(bytes, static_cast<std::uint8_t>(column.kind));
        detail::append_text(
            bytes, column.kind == ColumnKind::numbers ? column.numbers.to_bytes() : column.categories.to_bytes());
    }
    return detail::sealed(std::move(bytes));
}

TableSample TableSample::from_bytes(std::string_view bytes) {
    if (bytes.size() > 8 && bytes.starts_with("ASSAYTS") && bytes[7] > '1' && bytes[7] <= '9') {
        throw ValueError("drift reference: expected version 1, got one that a later release of Assay wrote");
    }
    detail::ByteReader reader(bytes, kTableMagic, kWhat);
    TableSample sample;
    sample.limits_.most_distinct = reader.number<index>();
    sample.limits_.most_categories = reader.number<index>();
    check_limits(sample.limits_);
    sample.rows_ = reader.number<index>();
    const auto columns = reader.number<std::uint64_t>();
    reader.expect(sample.rows_ >= 0 && columns <= reader.left() / 17);
    for (std::uint64_t i = 0; i < columns; ++i) {
        ColumnSample column;
        column.name = reader.text();
        const auto kind = reader.number<std::uint8_t>();
        reader.expect(kind <= static_cast<std::uint8_t>(ColumnKind::other) && sample.find(column.name) == nullptr);
        column.kind = static_cast<ColumnKind>(kind);
        const std::string_view state = reader.text();
        if (column.kind == ColumnKind::numbers) {
            column.numbers = NumericSample::from_bytes(state);
        } else {
            column.categories = CategoryCounts::from_bytes(state);
        }
        const index values = column.numbers.count() + column.categories.count();
        reader.expect(column.kind == ColumnKind::other ? values == 0 && column.missing() <= sample.rows_
                                                       : values + column.missing() == sample.rows_);
        sample.columns_.push_back(std::move(column));
    }
    reader.expect_end();
    return sample;
}

}  // namespace assay::features
