#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/tracking/rest/error.hpp"

namespace assay::tracking {

/// A part of a list, and where the next part begins.
template <typename T>
struct Page {
    std::vector<T> items;
    std::string next;  ///< token of the next page, empty on the last
};

namespace rest {

/// All items of a list that a server gives in pages: an input range, to be gone through once.
///
///     for (const ServerRun& run : runs.search(query)) …
///
/// One page is held at a time and asked for when the one before is used up; nothing is asked for before `begin()` or
/// `next()`. What changes on the server meanwhile may be seen twice or not at all. Fetching throws what the request
/// throws; the range may then be gone on with, and asks for that page again.
template <typename T>
class PageRange {
  public:
    using Fetch = std::function<Page<T>(const std::string& token)>;

    explicit PageRange(Fetch fetch) : fetch_(std::move(fetch)) {}

    /// The next item, or nothing after the last.
    std::optional<T> next() {
        if (!fill()) return std::nullopt;
        return std::move(page_.items[at_++]);
    }

    class Iterator {
      public:
        using iterator_concept = std::input_iterator_tag;
        using iterator_category = std::input_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = T*;
        using reference = T&;

        Iterator() = default;
        explicit Iterator(PageRange& range) : range_(&range) { range.fill(); }

        T& operator*() const { return range_->page_.items[range_->at_]; }
        T* operator->() const { return &**this; }
        Iterator& operator++() {
            ++range_->at_;
            range_->fill();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const Iterator& i, std::default_sentinel_t) { return i.at_end(); }

      private:
        bool at_end() const noexcept { return range_->used_up(); }

        PageRange* range_ = nullptr;
    };

    Iterator begin() { return Iterator(*this); }
    std::default_sentinel_t end() const noexcept { return {}; }

  private:
    bool used_up() const noexcept { return at_ >= page_.items.size(); }

    /// False where there is no item left.
    bool fill() {
        while (used_up() && !last_) {
            Page<T> page = fetch_(page_.next);
            if (!page.next.empty() && page.next == page_.next) {
                throw UnexpectedAnswer(
                    {"MLflow: a page names itself as the next one; the list has no end", 200, "", "", false});
            }
            last_ = page.next.empty();
            page_ = std::move(page);
            at_ = 0;
        }
        return !used_up();
    }

    Fetch fetch_;
    Page<T> page_;
    std::size_t at_ = 0;
    bool last_ = false;
};

}  // namespace rest
}  // namespace assay::tracking
