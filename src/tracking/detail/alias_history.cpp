#include "assay/tracking/detail/alias_history.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace assay::tracking::detail {
namespace {

using nlohmann::json;
using Kind = AliasChange::Kind;

const char* name_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::promote:
            return "promote";
        case Kind::rollback:
            return "rollback";
        case Kind::found:
            return "found";
    }
    return "promote";
}

Kind kind_named(const std::string& name) noexcept {
    return name == "rollback" ? Kind::rollback : name == "found" ? Kind::found : Kind::promote;
}

json write(const AliasChange& change) {
    json out{{"id", change.id},
             {"action", name_of(change.kind)},
             {"at", change.at},
             {"by", change.by},
             {"reason", change.reason}};
    if (change.version != 0) out["version"] = change.version;
    if (!change.done) out["pending"] = true;
    return out;
}

AliasChange read_change(const json& change) {
    return {change.at("id").get<std::string>(),
            kind_named(change.at("action").get<std::string>()),
            change.value("version", std::int64_t{0}),
            change.at("at").get<std::int64_t>(),
            change.value("by", ""),
            change.value("reason", ""),
            !change.value("pending", false)};
}

}  // namespace

AliasHistory AliasHistory::parse(const std::string& text) {
    AliasHistory history;
    try {
        for (const auto& change : json::parse(text)) {
            history.was_cut_ = history.was_cut_ || change.value("earlier_left_out", false);
            history.changes_.push_back(read_change(change));
        }
    } catch (const json::exception&) {
        return {};
    }
    return history;
}

std::string AliasHistory::to_json(std::size_t most_bytes) const {
    auto list = json::array();
    std::size_t size = 2 + std::string_view(R"("earlier_left_out":true,)").size();
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
        json written = write(*change);
        size += written.dump().size() + 1;
        if (size > most_bytes && !list.empty()) break;
        list.push_back(std::move(written));
    }
    std::reverse(list.begin(), list.end());
    if (was_cut_ || list.size() < changes_.size()) list.front()["earlier_left_out"] = true;
    return list.dump();
}

const AliasChange* AliasHistory::find(const std::string& id) const noexcept {
    const auto found =
        std::find_if(changes_.begin(), changes_.end(), [&id](const AliasChange& c) { return c.id == id; });
    return found == changes_.end() ? nullptr : &*found;
}

bool AliasHistory::may_have_forgotten(std::int64_t at) const noexcept { return was_cut_ && at <= changes_.front().at; }

void AliasHistory::add(AliasChange change) {
    if (find(change.id) != nullptr) return;
    const auto later = [](std::int64_t at, const AliasChange& other) { return at < other.at; };
    changes_.insert(std::upper_bound(changes_.begin(), changes_.end(), change.at, later), std::move(change));
}

void AliasHistory::mark_done() {
    for (auto& change : changes_) change.done = true;
}

std::vector<std::int64_t> AliasHistory::replay() const {
    std::vector<std::int64_t> versions;
    for (const auto& change : changes_) {
        if (change.kind == Kind::rollback) {
            if (versions.size() > 1) versions.pop_back();
        } else if (versions.empty() || versions.back() != change.version) {
            versions.push_back(change.version);
        }
    }
    return versions;
}

std::optional<std::int64_t> AliasHistory::version() const {
    const auto versions = replay();
    return versions.empty() ? std::nullopt : std::optional(versions.back());
}

bool AliasHistory::can_roll_back() const { return replay().size() > 1; }

}  // namespace assay::tracking::detail
