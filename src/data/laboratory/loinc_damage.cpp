#include "assay/data/laboratory/loinc_damage.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "assay/base/civil.hpp"
#include "assay/data/detail/folded.hpp"
#include "assay/data/laboratory/loinc_term.hpp"
#include "assay/data/loinc.hpp"

namespace assay::data {
namespace {

constexpr std::string_view kDamageBlanks = " \t\r\n\"'";
/// What spreadsheets count days from; Excel's own count differs before 1900-03-01, where no code can lie.
constexpr std::int32_t kSerialEpoch = days_from_civil({1899, 12, 30});

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return '0' <= c && c <= '9'; });
}

std::int32_t number_of(std::string_view digits) {
    std::int32_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

/// Collects possible originals: only those with a right check digit.
class Originals {
  public:
    void add(std::string_view digits, std::int32_t check) {
        if (check < 0 || check > 9) return;
        const std::string code = std::string(digits) + "-" + std::to_string(check);
        if (is_loinc(code)) codes_.insert(code);
    }
    void add(std::int32_t number, std::int32_t check) {
        if (number > 0) add(std::to_string(number), check);
    }
    /// A year of two digits: 46 was 46, or any century's 46.
    void add_short_year(std::string_view year, std::int32_t month) {
        add(number_of(year), month);
        for (std::int32_t century = 10; century <= 99; ++century)
            add(std::to_string(century) + std::string(year), month);
    }

    std::optional<LoincDamage> as(std::string_view kind) const {
        if (codes_.empty()) return std::nullopt;
        LoincDamage out{kind, {codes_.begin(), codes_.end()}};
        std::sort(out.candidates.begin(), out.candidates.end(), [](const std::string& a, const std::string& b) {
            return a.size() != b.size() ? a.size() < b.size() : a < b;
        });
        std::stable_partition(out.candidates.begin(), out.candidates.end(),
                              [](const std::string& code) { return find_loinc_term(code) != nullptr; });
        return out;
    }

  private:
    std::set<std::string> codes_;
};

std::optional<LoincDamage> from_serial(std::string_view text) {
    const bool negative = text.starts_with("-");
    if (negative) text.remove_prefix(1);
    if (text.ends_with(".0")) text.remove_suffix(2);
    if (!all_digits(text) || text.size() > 6) return std::nullopt;
    const std::int32_t serial = number_of(text) * (negative ? -1 : 1);
    const CivilDate date = civil_from_days(kSerialEpoch + serial);
    Originals originals;
    if (date.day == 1 && date.year >= 1000 && date.year <= 9999) {
        originals.add(date.year, date.month);
        if (date.year >= 1930 && date.year <= 2029) originals.add(date.year % 100, date.month);
    }
    // A day and a month get the year in which they were typed.
    if (date.year >= 1990 && date.year <= 2100) {
        originals.add(date.month, date.day);
        originals.add(date.day, date.month);
    }
    return originals.as("date_serial");
}

/// 1 to 12 of an English month or its first three letters; 0 for anything else.
std::int32_t month_named(std::string_view word) {
    constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                          "may",       "june",     "july",     "august",
                                                          "september", "october",  "november", "december"};
    for (std::size_t m = 0; m < kMonths.size(); ++m) {
        if (word.size() >= 3 && kMonths[m].starts_with(word)) return static_cast<std::int32_t>(m) + 1;
    }
    return word == "sept" ? 9 : 0;
}

struct DateWords {
    std::int32_t month = 0;            ///< by name
    std::vector<std::string> numbers;  ///< the date's, without those of a time of day
};

std::optional<DateWords> date_words(std::string_view text) {
    DateWords out;
    if (const auto time = text.find(':'); time != std::string_view::npos) {
        const auto cut = text.substr(0, time).find_last_of(" tT");
        if (cut == std::string_view::npos) return std::nullopt;
        text = text.substr(0, cut);
    }
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_of("-/., ", at), text.size());
        const std::string word = detail::lower(text.substr(at, end - at));
        at = end + 1;
        if (word.empty()) continue;
        if (all_digits(word) && word.size() <= 4) {
            out.numbers.push_back(word);
        } else if (out.month == 0 && month_named(word) != 0) {
            out.month = month_named(word);
        } else {
            return std::nullopt;
        }
    }
    return out;
}

void with_month_name(const DateWords& date, Originals& originals) {
    if (date.numbers.size() == 1) {
        const std::string& number = date.numbers[0];
        if (number.size() >= 3) return originals.add(number_of(number), date.month);
        if (number.size() == 2) originals.add_short_year(number, date.month);
        const std::int32_t day = number_of(number);
        if (day <= 31) {
            originals.add(day, date.month);
            originals.add(date.month, day);
        }
    } else if (date.numbers.size() == 2) {
        for (const auto& [day, year] :
             {std::pair(date.numbers[0], date.numbers[1]), {date.numbers[1], date.numbers[0]}}) {
            if (number_of(day) != 1 || day.size() > 2) continue;
            year.size() >= 3 ? originals.add(number_of(year), date.month) : originals.add_short_year(year, date.month);
        }
    }
}

void in_numbers(const DateWords& date, Originals& originals) {
    const auto year = std::find_if(date.numbers.begin(), date.numbers.end(),
                                   [](const std::string& number) { return number.size() >= 3; });
    if (year == date.numbers.end()) return;
    std::vector<std::int32_t> others;
    for (auto at = date.numbers.begin(); at != date.numbers.end(); ++at) {
        if (at != year) others.push_back(number_of(*at));
    }
    if (others.size() == 1) return originals.add(number_of(*year), others[0]);
    if (others.size() != 2) return;
    if (others[0] == 1) originals.add(number_of(*year), others[1]);
    if (others[1] == 1) originals.add(number_of(*year), others[0]);
}

std::optional<LoincDamage> from_date(std::string_view text) {
    const auto date = date_words(text);
    if (!date) return std::nullopt;
    Originals originals;
    date->month != 0 ? with_month_name(*date, originals) : in_numbers(*date, originals);
    return originals.as("date_text");
}

/// Hyphens of other kinds as the one of LOINC.
std::string with_plain_hyphens(std::string_view text) {
    std::string out(text);
    for (const std::string_view dash :
         {"\xe2\x80\x90", "\xe2\x80\x91", "\xe2\x80\x92", "\xe2\x80\x93", "\xe2\x88\x92"}) {
        for (std::size_t at = 0; (at = out.find(dash, at)) != std::string::npos;) out.replace(at, dash.size(), "-");
    }
    return out;
}

/// "23457" lost its hyphen, "2345" its check digit; where both are possible the code that Assay knows goes first.
std::optional<LoincDamage> from_digits_alone(std::string_view digits) {
    Originals without_hyphen;
    Originals both;
    const std::string_view head = digits.substr(0, digits.size() - 1);
    without_hyphen.add(head, digits.back() - '0');
    both.add(head, digits.back() - '0');
    for (std::int32_t check = 0; check <= 9; ++check) both.add(digits, check);
    const auto found = both.as("check_digit");
    const auto hyphen = without_hyphen.as("hyphen");
    if (!found || !hyphen || hyphen->candidates.front() != found->candidates.front()) return found;
    return LoincDamage{"hyphen", found->candidates};
}

std::optional<LoincDamage> from_digits(std::string_view text) {
    const std::string plain = with_plain_hyphens(text);
    if (plain != text && is_loinc(plain)) return LoincDamage{"hyphen", {plain}};
    if (all_digits(plain) && plain.size() >= 2 && plain.size() <= 7) return from_digits_alone(plain);
    Originals originals;
    const std::size_t hyphen = plain.size() < 3 ? 0 : plain.size() - 2;
    if (hyphen == 0 || plain[hyphen] != '-' || !all_digits(plain.substr(hyphen + 1)) || hyphen > 7) return std::nullopt;
    std::string digits = plain.substr(0, hyphen);
    if (!all_digits(digits)) return std::nullopt;
    for (std::int32_t check = 0; check <= 9; ++check) originals.add(digits, check);
    for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
        std::swap(digits[i], digits[i + 1]);
        originals.add(digits, plain.back() - '0');
        std::swap(digits[i], digits[i + 1]);
    }
    return originals.as("check_digit");
}

}  // namespace

std::optional<LoincDamage> loinc_damage(std::string_view text) {
    constexpr std::size_t kLongest = 40;
    if (text.size() > kLongest || is_loinc(text)) return std::nullopt;
    const auto first = text.find_first_not_of(kDamageBlanks);
    if (first == std::string_view::npos) return std::nullopt;
    const std::string_view trimmed = text.substr(first, text.find_last_not_of(kDamageBlanks) - first + 1);
    if (is_loinc(trimmed)) return LoincDamage{"blanks", {std::string(trimmed)}};
    if (auto serial = from_serial(trimmed)) return serial;
    if (auto digits = from_digits(trimmed)) return digits;
    return from_date(trimmed);
}

}  // namespace assay::data
