#include "assay/features/drift/category_counts.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "assay/base/crc32c.hpp"
#include "assay/base/error.hpp"
#include "assay/features/detail/id_table.hpp"
#include "features/drift/byte_reader.hpp"

namespace assay::features {
namespace {

using Entry = CategoryCounts::Entry;
constexpr std::string_view kCountsMagic = "ASSAYCC1";

std::string group_name(index group) {
    std::string digits = std::to_string(group);
    return std::string(4 - digits.size(), '0') + digits;  // so that the order of the bytes is that of the numbers
}

std::size_t group_of(std::string_view category) { return crc32c(category) % CategoryCounts::kGroups; }

std::vector<Entry> group_entries(const std::array<index, CategoryCounts::kGroups>& counts) {
    std::vector<Entry> entries;
    for (index group = 0; group < CategoryCounts::kGroups; ++group) {
        const index count = counts[static_cast<std::size_t>(group)];
        if (count > 0) entries.emplace_back(group_name(group), count);
    }
    return entries;
}

/// Calls visit(category, count in a, count in b) for every category of either, in the order of the bytes.
template <class Visit>
void for_each_category(std::span<const Entry> a, std::span<const Entry> b, Visit visit) {
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        const bool in_a = j == b.size() || (i < a.size() && a[i].first <= b[j].first);
        const bool in_b = i == a.size() || (j < b.size() && b[j].first <= a[i].first);
        visit(in_a ? a[i].first : b[j].first, in_a ? a[i].second : 0, in_b ? b[j].second : 0);
        i += in_a ? 1 : 0;
        j += in_b ? 1 : 0;
    }
}

}  // namespace

CategoryCounts CategoryCounts::of(const data::Array& column, index most) {
    if (most < 1) throw ValueError("category counts: expected room for at least 1 category");
    if (column.type() == data::Type::Utf8) return of_text(column, most);
    if (column.type() != data::Type::Bool) {
        throw SchemaError("category counts: expected a column of text or bool, got " +
                          std::string(data::name_of(column.type())));
    }
    index yes = 0;
    for (index i = 0; i < column.size(); ++i) yes += column.is_valid(i) && column.flag(i) ? 1 : 0;
    const index no = column.size() - column.null_count() - yes;
    CategoryCounts found({}, column.null_count(), false);
    if (no > 0) found.entries_.emplace_back("false", no);
    if (yes > 0) found.entries_.emplace_back("true", yes);
    return found;
}

CategoryCounts CategoryCounts::of_text(const data::Array& column, index most) {
    detail::IdTable table;
    std::vector<index> counts;
    std::array<index, kGroups> groups{};
    bool grouped = false;
    const index end = column.buffers().values.size();
    for (index i = 0; i < column.size(); ++i) {
        if (!column.is_valid(i)) continue;
        const std::string_view text = column.text(i);
        if (grouped) {
            ++groups[group_of(text)];
            continue;
        }
        const index readable = end - (text.data() - column.buffers().values.as<char>());
        const auto at = static_cast<std::size_t>(table.position_of(text, detail::IdKey::of(text, readable), -1));
        if (at == counts.size()) counts.push_back(0);
        ++counts[at];
        if (static_cast<index>(counts.size()) <= most) continue;
        grouped = true;
        for (std::size_t id = 0; id < counts.size(); ++id) groups[group_of(table.ids()[id])] += counts[id];
    }
    if (grouped) return CategoryCounts(group_entries(groups), column.null_count(), true);
    CategoryCounts found({}, column.null_count(), false);
    for (std::size_t id = 0; id < counts.size(); ++id) found.entries_.emplace_back(table.ids()[id], counts[id]);
    std::sort(found.entries_.begin(), found.entries_.end());
    return found;
}

CategoryCounts CategoryCounts::of_entries(std::vector<Entry> entries, index most) {
    CategoryCounts found(std::move(entries), 0, false);
    std::sort(found.entries_.begin(), found.entries_.end());
    return static_cast<index>(found.entries_.size()) > most ? found.as_groups() : found;
}

CategoryCounts CategoryCounts::as_groups() const {
    if (grouped_) return *this;
    std::array<index, kGroups> groups{};
    for (const auto& [category, count] : entries_) groups[group_of(category)] += count;
    return CategoryCounts(group_entries(groups), missing_, true);
}

void CategoryCounts::merge(const CategoryCounts& other, index most) {
    const bool groups = grouped_ || other.grouped_;
    const CategoryCounts a = groups ? as_groups() : *this;
    const CategoryCounts b = groups ? other.as_groups() : other;
    CategoryCounts both({}, a.missing_ + b.missing_, groups);
    for_each_category(a.entries(), b.entries(), [&](const std::string& category, index in_a, index in_b) {
        both.entries_.emplace_back(category, in_a + in_b);
    });
    *this = !groups && static_cast<index>(both.entries_.size()) > most ? both.as_groups() : std::move(both);
}

index CategoryCounts::count() const noexcept {
    index sum = 0;
    for (const Entry& entry : entries_) sum += entry.second;
    return sum;
}

std::string CategoryCounts::to_bytes() const {
    std::string bytes(kCountsMagic);
    detail::append_number(bytes, static_cast<std::uint8_t>(grouped_ ? 1 : 0));
    detail::append_number(bytes, missing_);
    detail::append_number(bytes, static_cast<std::uint64_t>(entries_.size()));
    for (const auto& [category, count] : entries_) {
        detail::append_text(bytes, category);
        detail::append_number(bytes, count);
    }
    return detail::sealed(std::move(bytes));
}

CategoryCounts CategoryCounts::from_bytes(std::string_view bytes) {
    detail::ByteReader reader(bytes, kCountsMagic, "category counts");
    const auto grouped = reader.number<std::uint8_t>();
    CategoryCounts found({}, reader.number<index>(), grouped == 1);
    const auto size = reader.number<std::uint64_t>();
    reader.expect(grouped <= 1 && found.missing_ >= 0 && size <= reader.left() / 16);
    for (std::uint64_t i = 0; i < size; ++i) {
        std::string category(reader.text());
        const auto count = reader.number<index>();
        reader.expect(count > 0 && (i == 0 || category > found.entries_.back().first));
        found.entries_.emplace_back(std::move(category), count);
    }
    reader.expect_end();
    return found;
}

AlignedCounts align(const CategoryCounts& reference, const CategoryCounts& current) {
    const bool groups = reference.grouped() || current.grouped();
    const CategoryCounts a = groups ? reference.as_groups() : reference;
    const CategoryCounts b = groups ? current.as_groups() : current;
    AlignedCounts found;
    for_each_category(a.entries(), b.entries(), [&](const std::string& category, index in_a, index in_b) {
        found.categories.push_back(category);
        found.reference.push_back(in_a);
        found.current.push_back(in_b);
    });
    return found;
}

}  // namespace assay::features
