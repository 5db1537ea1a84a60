#include "data/laboratory/outcome.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "assay/data/laboratory/result_value.hpp"

namespace assay::data::laboratory {
namespace {

/// "___" and "--" stand for nothing: MIMIC-IV writes them for what was taken out.
bool is_placeholder(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c == '_' || c == '-' || c == ' '; });
}

bool same_number(double a, double b) { return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

void append_or_null(TextBuilder& builder, std::string_view text) {
    text.empty() ? builder.append_null() : builder.append(text);
}

}  // namespace

std::string_view comparator_sign(std::string_view written) noexcept {
    using Sign = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Sign, 8> kSigns{Sign{"<", "<"},   Sign{"<=", "<="}, Sign{"=<", "<="}, Sign{"≤", "<="},
                                                Sign{">=", ">="}, Sign{"=>", ">="}, Sign{"≥", ">="},  Sign{">", ">"}};
    for (const auto& [spelling, sign] : kSigns) {
        if (written == spelling) return sign;
    }
    return {};
}

void OutcomeColumns::append(const WrittenOutcome& written) {
    ReportedValue result;
    if (!is_placeholder(written.value)) result = parse_result_value(written.value, decimal_point_);
    bool contradiction = false;
    if (!written.number.empty()) {
        const ReportedValue other = parse_result_value(written.number, decimal_point_);
        contradiction = result.number && other.number && !same_number(*result.number, *other.number);
        if (!result.number && other.number) {
            result.number = other.number;
            result.comparator = other.comparator;
        }
        if (result.text.empty() && !other.text.empty()) result.text = other.text;
    }
    if (contradiction) {
        ++contradictions_;
        joined_.assign(written.value).append("; ").append(written.number);
        comparator.append_null();
        value.append_null();
        append_text(std::string(joined_), written.text);
        absent_reason.append(std::string_view("error"));
        return;
    }
    if (result.number && result.comparator.empty()) result.comparator = comparator_sign(written.comparator);
    append_or_null(comparator, result.number ? result.comparator : std::string_view{});
    value.append(result.number);
    append_text(result.text, written.text);
    const bool nothing = !result.number && result.text.empty() && written.text.empty();
    if (!result.number && !nothing) ++texts_;
    if (nothing) ++absent_;
    append_or_null(absent_reason, nothing && written.absent_reason.empty() ? "unknown" : written.absent_reason);
}

void OutcomeColumns::append_text(std::string_view result, std::string_view comment) {
    if (result.empty() || comment.empty() || result == comment) {
        append_or_null(text, result.empty() ? comment : result);
        return;
    }
    std::string both(result);
    both.append("; ").append(comment);
    text.append(std::string_view(both));
}

}  // namespace assay::data::laboratory
