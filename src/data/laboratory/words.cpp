#include "data/laboratory/words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "assay/data/laboratory/result_value.hpp"

namespace assay::data::laboratory {
namespace {

bool same_letters(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
    }
    return true;
}

using Word = std::pair<std::string_view, std::string_view>;

constexpr std::array<Word, 22> kStatusWords{Word{"registered", "registered"},
                                            Word{"in progress", "registered"},
                                            Word{"in-progress", "registered"},
                                            Word{"preliminary", "preliminary"},
                                            Word{"partial", "preliminary"},
                                            Word{"final", "final"},
                                            Word{"final result", "final"},
                                            Word{"verified", "final"},
                                            Word{"auth (verified)", "final"},
                                            Word{"complete", "final"},
                                            Word{"completed", "final"},
                                            Word{"amended", "amended"},
                                            Word{"appended", "amended"},
                                            Word{"corrected", "corrected"},
                                            Word{"correction", "corrected"},
                                            Word{"cancelled", "cancelled"},
                                            Word{"canceled", "cancelled"},
                                            Word{"cannot-be-obtained", "cancelled"},
                                            Word{"entered-in-error", "entered-in-error"},
                                            Word{"entered in error", "entered-in-error"},
                                            Word{"entered_in_error", "entered-in-error"},
                                            Word{"unknown", "unknown"}};

/// Source: HL7 v2.9 table 0078 (and its older versions), but for the codes that are signs.
constexpr std::array<std::string_view, 43> kFlagCodes{
    "A",   "AA",  "AC", "B",  "CAR", "D",   "DET", "E",   "EX",  "EXP", "H",   "HH",    "HU",   "HX",  "I",
    "IE",  "IND", "L",  "LL", "LU",  "LX",  "MS",  "N",   "NCL", "ND",  "NEG", "NR",    "NS",   "OBX", "POS",
    "QCF", "R",   "RR", "S",  "SDD", "TOX", "U",   "UNE", "VS",  "W",   "WR",  "SYN-R", "SYN-S"};

/// The same letters in any case, written here in capitals.
bool alike(std::string_view text, std::string_view capitals) {
    return text.size() == capitals.size() && std::equal(text.begin(), text.end(), capitals.begin(), [](char a, char b) {
               return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
           });
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// The word, or nothing where the text is none that is known.
std::optional<std::string_view> find_status(std::string_view written) noexcept {
    using Letter = std::pair<char, std::string_view>;
    static constexpr std::array<Letter, 11> kLetters{Letter{'F', "final"},           Letter{'U', "final"},
                                                     Letter{'C', "corrected"},       Letter{'P', "preliminary"},
                                                     Letter{'R', "preliminary"},     Letter{'S', "preliminary"},
                                                     Letter{'I', "registered"},      Letter{'O', "registered"},
                                                     Letter{'X', "cancelled"},       Letter{'D', "entered-in-error"},
                                                     Letter{'W', "entered-in-error"}};
    if (written.size() == 1) {
        for (const auto& [letter, word] : kLetters) {
            if (written.front() == letter || written.front() == static_cast<char>(letter - 'A' + 'a')) return word;
        }
        return std::nullopt;
    }
    for (const auto& [word, status] : kStatusWords) {
        if (same_letters(written, word)) return status;
    }
    return std::nullopt;
}

}  // namespace

std::string_view time_fault(std::string_view written, const TimeReading& times) noexcept {
    if (written.empty()) return "observed_at.required";
    return is_skipped_time(written, times) ? "observed_at.zone" : "observed_at.type";
}

std::string_view status_word(std::string_view written) noexcept { return find_status(written).value_or(written); }

std::string_view known_status(std::string_view written) noexcept {
    return written.empty() ? std::string_view() : find_status(without_blanks(written)).value_or(std::string_view());
}

bool is_correction(std::string_view status) noexcept {
    return status == "amended" || status == "corrected" || status == "entered-in-error";
}

std::string_view flag_word(std::string_view written) noexcept {
    static constexpr std::array<Word, 12> kWords{
        Word{"high", "H"},          Word{"low", "L"},         Word{"normal", "N"},
        Word{"abnormal", "A"},      Word{"critical", "AA"},   Word{"critical high", "HH"},
        Word{"critical low", "LL"}, Word{"positive", "POS"},  Word{"negative", "NEG"},
        Word{"resistant", "R"},     Word{"susceptible", "S"}, Word{"intermediate", "I"}};
    for (const auto& [word, letter] : kWords) {
        if (same_letters(written, word)) return letter;
    }
    return written;
}

std::string_view known_flag(std::string_view written) noexcept {
    if (written.empty()) return {};
    if (written == "H" || written == "L" || written == "N" || written == "A") return written;  // nearly all of them
    const std::string_view flag = without_blanks(flag_word(without_blanks(written)));
    const auto signs = flag.find_last_not_of("<>+-*!");
    const std::string_view code = flag.substr(0, signs == std::string_view::npos ? 0 : signs + 1);
    const auto known =
        std::find_if(kFlagCodes.begin(), kFlagCodes.end(), [&](std::string_view c) { return alike(code, c); });
    if (code == flag && known != kFlagCodes.end()) return *known;
    const bool coded = code.empty() || (known != kFlagCodes.end() && *known == code);
    return coded && flag.size() <= 4 ? flag : std::string_view();
}

std::optional<double> reference_number(std::string_view written, char decimal_point) noexcept {
    return written.empty() ? std::nullopt : parse_result_value(written, decimal_point).number;
}

std::optional<std::pair<std::optional<double>, std::optional<double>>> reference_ends(std::string_view written,
                                                                                      char decimal_point) noexcept {
    using Ends = std::pair<std::optional<double>, std::optional<double>>;
    written = without_blanks(written);
    if (written.empty()) return std::nullopt;
    if (const ReportedValue one = parse_result_value(written, decimal_point); one.number) {
        if (one.comparator.empty()) return std::nullopt;
        return one.comparator.front() == '<' ? Ends{std::nullopt, one.number} : Ends{one.number, std::nullopt};
    }
    // The sign of a negative upper end must not be taken for the dash: the first one after a digit is it.
    for (std::size_t i = 1; i + 1 < written.size(); ++i) {
        const std::string_view rest = written.substr(i);
        const std::size_t dash = rest.starts_with(" to ") ? 4
                                 : rest.starts_with("–")  ? 3
                                 : rest.starts_with("-")  ? 1
                                                          : 0;
        if (dash == 0) continue;
        const ReportedValue low = parse_result_value(written.substr(0, i), decimal_point);
        const ReportedValue high = parse_result_value(rest.substr(dash), decimal_point);
        if (low.number && high.number && low.comparator.empty() && high.comparator.empty() &&
            *low.number <= *high.number) {
            return Ends{low.number, high.number};
        }
    }
    return std::nullopt;
}

}  // namespace assay::data::laboratory
