#include "assay/features/detail/entry_status.hpp"

#include <algorithm>
#include <array>

#include "assay/data/detail/folded.hpp"

namespace assay::features::detail {

std::string folded_code(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    std::string code = data::detail::lower(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
    std::replace_if(
        code.begin(), code.end(), [](char c) { return c == ' ' || c == '_'; }, '-');
    return code;
}

bool ends_medication(std::string_view folded_status) {
    static constexpr std::array<std::string_view, 14> kOver{
        "completed", "complete", "stopped", "cancelled", "canceled",     "entered-in-error", "not-taken",
        "not-done",  "declined", "revoked", "expired",   "discontinued", "inactive",         "ended"};
    return std::find(kOver.begin(), kOver.end(), folded_status) != kOver.end();
}

std::string_view said_of_diagnosis(std::string_view folded_status) {
    if (folded_status == "resolved" || folded_status == "refuted" || folded_status == "inactive") return folded_status;
    return folded_status == "remission" || folded_status == "in-remission" ? "in remission" : std::string_view{};
}

std::string_view said_of_allergy(std::string_view folded_status) {
    const bool doubtful = folded_status == "resolved" || folded_status == "refuted" || folded_status == "inactive";
    return doubtful ? folded_status : std::string_view{};
}

}  // namespace assay::features::detail
