#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/array.hpp"

namespace assay::features {

/// How often each category of a column occurs.
///
/// Counts merge, and however a column is split the merged counts are the same to the byte. A column of more than `most`
/// categories is counted in 1,024 groups by the checksum of the text instead: its size stays bounded, its categories
/// are no longer named, and once grouped it stays so.
class ASSAY_EXPORT CategoryCounts {
  public:
    using Entry = std::pair<std::string, index>;
    static constexpr index kGroups = 1024;

    CategoryCounts() = default;
    /// @param most  categories, at least 1. Text as it is (an empty one is a category), "true" and "false"; nulls are
    /// missing. @throws SchemaError the column is neither Utf8 nor Bool.   Cost: O(n).
    static CategoryCounts of(const data::Array& column, index most = 10'000);
    /// Of texts that were counted elsewhere, each once and with a count above 0, in any order.
    static CategoryCounts of_entries(std::vector<Entry> entries, index most = 10'000);
    /// Of a column without values.
    static CategoryCounts none(index missing) { return CategoryCounts({}, missing, false); }

    /// @param most  as in of(); the same for all parts, or the result depends on the split
    void merge(const CategoryCounts& other, index most = 10'000);

    index count() const noexcept;
    index missing() const noexcept { return missing_; }
    bool empty() const noexcept { return entries_.empty(); }
    bool grouped() const noexcept { return grouped_; }
    /// Categories in the order of their bytes; where grouped, numbers of groups.
    std::span<const Entry> entries() const noexcept { return entries_; }

    /// The same counts in groups.
    CategoryCounts as_groups() const;

    /// A file's content; categories stand in it as text. @see from_bytes
    std::string to_bytes() const;
    /// @throws ValueError the bytes are no counts, or damaged
    static CategoryCounts from_bytes(std::string_view bytes);

    bool operator==(const CategoryCounts&) const = default;

  private:
    CategoryCounts(std::vector<Entry> entries, index missing, bool grouped)
        : entries_(std::move(entries)), missing_(missing), grouped_(grouped) {}
    static CategoryCounts of_text(const data::Array& column, index most);

    std::vector<Entry> entries_;
    index missing_ = 0;
    bool grouped_ = false;
};

/// Counts of the same categories in both: those of either, in the order of their bytes; as groups where one is grouped.
struct AlignedCounts {
    std::vector<std::string> categories;
    std::vector<index> reference;
    std::vector<index> current;
};

ASSAY_EXPORT AlignedCounts align(const CategoryCounts& reference, const CategoryCounts& current);

}  // namespace assay::features
