#include "assay/tracking/detail/dataset_limits.hpp"

#include <nlohmann/json.hpp>

namespace assay::tracking::detail {

std::string cut_json(const std::string& text, std::string_view what, index limit) {
    if (static_cast<index>(text.size()) <= limit) return text;
    nlohmann::ordered_json kept{
        {"truncated", "the " + std::string(what) + " of " + std::to_string(text.size()) +
                          " bytes is too long for a record of the journal; log it as an artifact"}};
    const auto whole = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!whole.is_object()) return kept.dump();
    auto bytes = static_cast<index>(kept.dump().size());
    for (const auto& [key, value] : whole.items()) {
        const auto more = static_cast<index>(nlohmann::json(key).dump().size() + value.dump().size()) + 2;
        if (bytes + more > limit || kept.contains(key)) continue;
        kept[key] = value;
        bytes += more;
    }
    return kept.dump();
}

}  // namespace assay::tracking::detail
