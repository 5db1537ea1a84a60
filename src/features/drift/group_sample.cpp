#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/numeric_column.hpp"
#include "assay/features/drift/table_sample.hpp"
#include "features/drift/key_column.hpp"
#include "features/drift/table_sample_parts.hpp"

namespace assay::features {
namespace {

/// Rows of one group and unit that have one label.
struct LabelledRows {
    std::string name, unit, label;
    index rows = 0;
};

/// Which of the labelled rows a row belongs to; -1 where it names no group.
struct LabelOfRow {
    std::vector<LabelledRows> labels;
    std::vector<std::int32_t> of_row;
};

LabelOfRow find_labels(const data::Table& table, const GroupColumns& columns) {
    detail::KeyTriples keys(table, columns.group, columns.unit, columns.label);
    LabelOfRow found;
    found.of_row.resize(static_cast<std::size_t>(table.num_rows()), -1);
    for (index row = 0; row < table.num_rows(); ++row) {
        const index label = keys.at(row);
        if (label == detail::KeyTriples::unnamed) continue;
        if (label == std::ssize(found.labels)) {
            auto [name, unit, own] = keys.texts();
            found.labels.push_back({std::move(name), std::move(unit), std::move(own)});
        }
        found.of_row[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(label);
        ++found.labels[static_cast<std::size_t>(label)].rows;
    }
    return found;
}

std::vector<std::size_t> in_order(const std::vector<LabelledRows>& labels) {
    std::vector<std::size_t> order(labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const LabelledRows &x = labels[a], &y = labels[b];
        return std::tie(x.name, x.unit, x.label) < std::tie(y.name, y.unit, y.label);
    });
    return order;
}

/// The values of all groups behind each other; missing ones are NaN.
struct GroupedValues {
    std::vector<double> values;
    std::vector<std::size_t> begins;
};

GroupedValues gather_groups(const LabelOfRow& found, const std::vector<std::size_t>& group_of_label,
                            const std::vector<ColumnSample>& groups, const data::Array& column,
                            const std::string& name) {
    GroupedValues made;
    made.begins.push_back(0);
    for (const ColumnSample& group : groups) {
        made.begins.push_back(made.begins.back() + static_cast<std::size_t>(group.rows));
    }
    made.values.resize(made.begins.back());
    std::vector<std::size_t> next = made.begins;
    const data::Array numbers = detail::as_float64(column, name);
    const auto values = numbers.values<double>();
    const data::BitmapView valid = numbers.validity();
    for (index row = 0; row < numbers.size(); ++row) {
        const std::int32_t label = found.of_row[static_cast<std::size_t>(row)];
        if (label < 0) continue;
        const double value =
            valid[row] ? values[static_cast<std::size_t>(row)] : std::numeric_limits<double>::quiet_NaN();
        if (std::isinf(value)) {
            throw ValueError("column '" + name + "': expected finite values or NaN, got an infinity in row " +
                             std::to_string(row));
        }
        made.values[next[group_of_label[static_cast<std::size_t>(label)]]++] = value;
    }
    return made;
}

void expect_text(const data::Table& table, const std::string& name) {
    if (name.empty() || table.column(name).type() == data::Type::Utf8) return;
    throw SchemaError("drift: expected text in column '" + name + "', got " +
                      std::string(data::name_of(table.column(name).type())));
}

}  // namespace

TableSample TableSample::by_group(const data::Table& table, const GroupColumns& columns, const SampleLimits& limits) {
    detail::check_limits(limits);
    if (columns.group.empty()) throw ValueError("drift: expected the name of the column by which rows are grouped");
    expect_text(table, columns.unit);
    expect_text(table, columns.label);
    const LabelOfRow found = find_labels(table, columns);
    const std::vector<std::size_t> order = in_order(found.labels);
    TableSample sample;
    sample.limits_ = limits;
    sample.rows_ = sample.unnamed_ = table.num_rows();
    sample.grouped_ = true;
    std::vector<std::size_t> group_of_label(order.size());
    std::vector<std::vector<CategoryCounts::Entry>> labels;
    for (const std::size_t at : order) {
        const LabelledRows& rows = found.labels[at];
        if (sample.columns_.empty() || sample.columns_.back().name != rows.name ||
            sample.columns_.back().unit != rows.unit) {
            sample.columns_.push_back({.name = rows.name, .kind = ColumnKind::numbers, .unit = rows.unit});
            labels.emplace_back();
        }
        group_of_label[at] = sample.columns_.size() - 1;
        sample.columns_.back().rows += rows.rows;
        sample.unnamed_ -= rows.rows;
        if (!rows.label.empty()) labels.back().emplace_back(rows.label, rows.rows);
    }
    const GroupedValues gathered =
        gather_groups(found, group_of_label, sample.columns_, table.column(columns.value), columns.value);
    parallel_for(static_cast<index>(sample.columns_.size()), 1, [&](index begin, index end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
            ColumnSample& group = sample.columns_[i];
            const std::span<const double> all(gathered.values);
            group.numbers =
                NumericSample::of(all.subspan(gathered.begins[i], gathered.begins[i + 1] - gathered.begins[i]))
                    .limited_to(limits.most_distinct);
            group.labels = CategoryCounts::of_entries(std::move(labels[i]), limits.most_categories);
        }
    });
    return sample;
}

void TableSample::merge_groups(const TableSample& other) {
    std::vector<ColumnSample> merged;
    merged.reserve(columns_.size() + other.columns_.size());
    auto from = other.columns_.begin();
    for (ColumnSample& group : columns_) {
        const std::pair<std::string_view, std::string_view> key(group.name, group.unit);
        while (from != other.columns_.end() && detail::is_before(*from, key)) merged.push_back(*from++);
        if (from != other.columns_.end() && from->name == group.name && from->unit == group.unit) {
            group.rows += from->rows;
            group.numbers.merge(from->numbers);
            group.numbers = group.numbers.limited_to(limits_.most_distinct);
            group.labels.merge(from->labels, limits_.most_categories);
            ++from;
        }
        merged.push_back(std::move(group));
    }
    merged.insert(merged.end(), from, other.columns_.end());
    columns_ = std::move(merged);
    unnamed_ += other.unnamed_;
}

}  // namespace assay::features
