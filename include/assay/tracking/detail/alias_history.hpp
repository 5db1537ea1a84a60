#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/export.hpp"

namespace assay::tracking::detail {

/// One change of an alias.
struct AliasChange {
    enum class Kind {
        promote,   ///< put on `version`
        rollback,  ///< put back on the version before
        found,     ///< somebody else had put it on `version`
    };

    std::string id;  ///< of the record that asked for it
    Kind kind = Kind::promote;
    std::int64_t version = 0;  ///< 0 for a rollback
    std::int64_t at = 0;       ///< ms since 1970, when it was asked for
    std::string by;
    std::string reason;
    bool done = false;  ///< whether the alias was set after it

    friend bool operator==(const AliasChange&, const AliasChange&) = default;
};

/// What happened to one alias of a registered model, in the order in which it was asked for; kept as a tag.
///
/// The version that the alias belongs on follows from the list alone. So changes that arrive late, or twice, leave it
/// where it would be had they arrived in order.
class ASSAY_EXPORT AliasHistory {
  public:
    AliasHistory() = default;
    /// Reads what `to_json` wrote; anything else is an empty history.
    static AliasHistory parse(const std::string& text);
    /// At most `most_bytes`: the oldest changes are left out first.
    std::string to_json(std::size_t most_bytes = 90'000) const;

    const std::vector<AliasChange>& changes() const noexcept { return changes_; }
    const AliasChange* find(const std::string& id) const noexcept;
    /// Whether a change of that moment may have been left out for want of room.
    bool may_have_forgotten(std::int64_t at) const noexcept;

    /// Takes a change in at its time. One whose id is known changes nothing.
    void add(AliasChange change);
    void mark_done();

    /// The version that the alias belongs on; nothing where it was never put on one.
    std::optional<std::int64_t> version() const;
    /// Whether `version()` before its last promotion is known, so that a rollback has somewhere to go.
    bool can_roll_back() const;

  private:
    std::vector<std::int64_t> replay() const;

    std::vector<AliasChange> changes_;
    bool was_cut_ = false;
};

}  // namespace assay::tracking::detail
