#include "data/laboratory/outcome.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "assay/data/detail/folded.hpp"
#include "assay/data/laboratory/result_value.hpp"

namespace assay::data::laboratory {
namespace {

/// "___" and "--" stand for nothing: MIMIC-IV writes them for what was taken out.
bool is_placeholder(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c == '_' || c == '-' || c == ' '; });
}

bool same_number(double a, double b) { return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

/// A comparator column's word as a sign, empty for "="; nothing where the word is not known.
std::optional<std::string_view> written_comparator(std::string_view written) {
    using Word = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Word, 22> kWords{Word{"=", ""},
                                                 Word{"==", ""},
                                                 Word{"eq", ""},
                                                 Word{"lt", "<"},
                                                 Word{"lessthan", "<"},
                                                 Word{"below", "<"},
                                                 Word{"le", "<="},
                                                 Word{"lte", "<="},
                                                 Word{"lessthanorequal", "<="},
                                                 Word{"lessthanorequalto", "<="},
                                                 Word{"atmost", "<="},
                                                 Word{"upto", "<="},
                                                 Word{"gt", ">"},
                                                 Word{"greaterthan", ">"},
                                                 Word{"morethan", ">"},
                                                 Word{"above", ">"},
                                                 Word{"ge", ">="},
                                                 Word{"gte", ">="},
                                                 Word{"greaterthanorequal", ">="},
                                                 Word{"greaterthanorequalto", ">="},
                                                 Word{"atleast", ">="},
                                                 Word{"equal", ""}};
    std::string folded;
    for (const char c : written) {
        if (c != ' ' && c != '\t' && c != '_') folded.push_back(detail::lower(c));
    }
    if (folded.empty()) return std::string_view{};
    if (const std::string_view sign = comparator_sign(folded); !sign.empty()) return sign;
    for (const auto& [word, sign] : kWords) {
        if (folded == word) return sign;
    }
    return std::nullopt;
}

/// Whether a text that is no number ("about 5", "<5 mg") says the number of another column; then the comparator in
/// front of it. Nothing where it says another number, none, or a limit that cannot be read.
std::optional<std::string_view> comparator_of_same(std::string_view text, double number, char decimal_point) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_digit(text[at])) continue;
        std::size_t begin = at;
        if (begin > 0 && text[begin - 1] == decimal_point) --begin;
        if (begin > 0 && text[begin - 1] == '-' && (begin == 1 || text[begin - 2] == ' ')) --begin;
        while (at < text.size() && (is_digit(text[at]) || text[at] == decimal_point)) ++at;
        const ReportedValue found = parse_result_value(text.substr(begin, at - begin), decimal_point);
        if (!found.number || !same_number(*found.number, number)) continue;
        const std::string_view before = text.substr(0, begin);
        if (const auto sign = written_comparator(before)) return sign;
        const bool limit = before.find_first_of("<>") != std::string_view::npos || before.find("≤") != before.npos ||
                           before.find("≥") != before.npos;
        return limit ? std::nullopt : std::optional(std::string_view{});
    }
    return std::nullopt;
}

/// Adds what another column says of a result's comparator; false where the two contradict each other.
bool agree_on_comparator(ReportedValue& result, std::string_view other) {
    if (result.comparator.empty()) result.comparator = other;
    return other.empty() || result.comparator == other;
}

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

/// What the columns of value, number and comparator say together; nothing where they contradict each other.
std::optional<ReportedValue> OutcomeColumns::joint_result(const WrittenOutcome& written) const {
    ReportedValue result;
    if (!is_placeholder(written.value)) result = parse_result_value(written.value, decimal_point_);
    if (!written.number.empty()) {
        const ReportedValue other = parse_result_value(written.number, decimal_point_);
        if (result.number && other.number) {
            if (!same_number(*result.number, *other.number)) return std::nullopt;
            if (!agree_on_comparator(result, other.comparator)) return std::nullopt;
        } else if (other.number) {
            if (!result.text.empty()) {
                const auto sign = comparator_of_same(result.text, *other.number, decimal_point_);
                if (!sign || !agree_on_comparator(result, *sign)) return std::nullopt;
            }
            result.number = other.number;
            if (!agree_on_comparator(result, other.comparator)) return std::nullopt;
        }
        if (result.text.empty() && !other.text.empty()) result.text = other.text;
    }
    if (!result.number) return result;
    const auto sign = written_comparator(written.comparator);
    if (!sign || !agree_on_comparator(result, *sign)) return std::nullopt;
    // A comment with a number is about anything; one that is a limit is about the result.
    if (const char c = written.text.empty() ? ' ' : written.text.front(); c == '<' || c == '>' || c == '\xE2') {
        const ReportedValue limit = parse_result_value(written.text, decimal_point_);
        const bool about_it = limit.number && !limit.comparator.empty();
        if (about_it && (!same_number(*limit.number, *result.number) || !agree_on_comparator(result, limit.comparator)))
            return std::nullopt;
    }
    return result;
}

void OutcomeColumns::append_error(const WrittenOutcome& written) {
    ++contradictions_;
    joined_.clear();
    for (const std::string_view each : {written.comparator, written.value, written.number}) {
        if (!each.empty()) joined_.append(joined_.empty() ? "" : "; ").append(each);
    }
    comparator.append_null();
    value.append_null();
    append_text(std::string(joined_), written.text);
    absent_reason.append(std::string_view("error"));
}

void OutcomeColumns::append(const WrittenOutcome& written) {
    const std::optional<ReportedValue> joint = joint_result(written);
    if (!joint) return append_error(written);
    append_or_null(comparator, joint->number ? joint->comparator : std::string_view{});
    value.append(joint->number);
    if (!joint->number && !joint->text.empty() && !written.comparator.empty()) {
        joined_.assign(written.comparator).append(" ").append(joint->text);  // "<" of "5 mg"
        append_text(std::string(joined_), written.text);
    } else {
        append_text(joint->text, written.text);
    }
    const bool nothing = !joint->number && joint->text.empty() && written.text.empty();
    if (!joint->number && !nothing) ++texts_;
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
