#include "assay/judge/detail/numbers.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "assay/models/detail/text.hpp"

namespace assay::judge::detail {
namespace {

using models::detail::is_word;

bool digit(char c) noexcept { return c >= '0' && c <= '9'; }

class Scanner {
  public:
    explicit Scanner(const Document& doc) : doc_(doc), text_(doc.lower) {}

    Quantities run() {
        std::size_t at = 0;
        while (at < text_.size()) {
            if (!digit(text_[at])) {
                ++at;
            } else if (const std::size_t end = time_at(at); end > at) {
                at = end;
            } else {
                at = number_at(at);
            }
        }
        return std::move(out_);
    }

  private:
    bool joined_left(std::size_t at) const {
        if (at == 0) return false;
        const char c = text_[at - 1];
        if (is_word(c) || c == '|') return true;
        // "A15.0", "B-12": a letter and one joint before the digits.
        return (c == '.' || c == '-') && at >= 2 && is_word(text_[at - 2]) && !digit(text_[at - 2]);
    }

    /// End of an ISO time or day at `at`, or `at`.
    std::size_t time_at(std::size_t at) {
        if (joined_left(at) || at + 10 > text_.size() || text_[at + 4] != '-' || text_[at + 7] != '-') return at;
        std::size_t end = at + 10;
        const bool clock = end + 5 < text_.size() && (text_[end] == 't' || text_[end] == ' ') && digit(text_[end + 1]);
        if (clock) {
            ++end;
            while (end < text_.size() && (digit(text_[end]) || text_[end] == ':' ||
                                          (text_[end] == '.' && end + 1 < text_.size() && digit(text_[end + 1]))))
                ++end;
            if (end < text_.size() && text_[end] == 'z') {
                ++end;
            } else if (end + 5 < text_.size() && (text_[end] == '+' || text_[end] == '-') && digit(text_[end + 1])) {
                ++end;
                while (end < text_.size() && (digit(text_[end]) || text_[end] == ':')) ++end;
            }
            if (const auto time = parse_timestamp(doc_.text.substr(at, end - at))) {
                out_.times.push_back({*time, false, static_cast<index>(at), static_cast<index>(end)});
                return end;
            }
        }
        end = at + 10;
        const std::string midnight = std::string(text_.substr(at, 10)) + "T00:00:00Z";
        const auto day = parse_timestamp(midnight);
        if (!day) return at;
        out_.times.push_back({*day, true, static_cast<index>(at), static_cast<index>(end)});
        return end;
    }

    std::size_t number_at(std::size_t at) {
        const std::size_t begin = at;
        std::string digits;
        int decimals = 0;
        while (at < text_.size() && digit(text_[at])) digits += text_[at++];
        // 1,234 but not "91, 92" and not "1,23".
        while (at + 3 < text_.size() && text_[at] == ',' && digit(text_[at + 1]) && digit(text_[at + 2]) &&
               digit(text_[at + 3]) && (at + 4 >= text_.size() || !digit(text_[at + 4]))) {
            digits.append(text_.substr(at + 1, 3));
            at += 4;
        }
        if (at + 1 < text_.size() && text_[at] == '.' && digit(text_[at + 1])) {
            digits += '.';
            for (++at; at < text_.size() && digit(text_[at]); ++at, ++decimals) digits += text_[at];
        }
        if (joined_left(begin) || list_mark(begin, at) || digits.size() > 24) return skip_word(at);
        NumberMention number;
        std::from_chars(digits.data(), digits.data() + digits.size(), number.value);
        if (negative(begin)) number.value = -number.value;
        number.decimals = decimals;
        number.begin = static_cast<index>(begin);
        number.end = static_cast<index>(at);
        const ParsedUnit unit = unit_at(text_, number.end);
        number.unit = unit.unit;
        number.unit_end = unit.end;
        if (unit.unit == nullptr && at < text_.size() && is_word(text_[at])) return skip_word(at);
        number.pair_second = pair(begin);
        out_.numbers.push_back(number);
        return static_cast<std::size_t>(std::max(number.end, number.unit_end));
    }

    std::size_t skip_word(std::size_t at) const {
        while (at < text_.size() &&
               (is_word(text_[at]) || (text_[at] == '.' && at + 1 < text_.size() && digit(text_[at + 1]))))
            ++at;
        return at;
    }

    /// Whether the number is the second of "136/85"; marks the first.
    bool pair(std::size_t begin) {
        if (out_.numbers.empty() || begin == 0 || text_[begin - 1] != '/') return false;
        NumberMention& first = out_.numbers.back();
        if (first.end != static_cast<index>(begin - 1) || first.pair_second) return false;
        first.pair_first = true;
        return true;
    }

    bool negative(std::size_t begin) const {
        return begin >= 1 && text_[begin - 1] == '-' &&
               (begin == 1 || text_[begin - 2] == ' ' || text_[begin - 2] == '(');
    }

    /// "1. Give oxygen", "2) …" at the start of a line.
    bool list_mark(std::size_t begin, std::size_t end) const {
        if (end >= text_.size() || (text_[end] != '.' && text_[end] != ')') || end - begin > 2) return false;
        if (end + 1 < text_.size() && text_[end + 1] != ' ') return false;
        std::size_t at = begin;
        while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '\t')) --at;
        return at == 0 || text_[at - 1] == '\n';
    }

    const Document& doc_;
    std::string_view text_;
    Quantities out_;
};

}  // namespace

Quantities find_quantities(const Document& doc) { return Scanner(doc).run(); }

}  // namespace assay::judge::detail
