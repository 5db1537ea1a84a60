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

constexpr std::array<std::string_view, 7> kStatusWords{"registered", "preliminary", "final",           "amended",
                                                       "corrected",  "cancelled",   "entered-in-error"};

/// Source: HL7 v2.9 table 0078 (and its older versions), but for the codes that are signs.
constexpr std::array<std::string_view, 43> kFlagCodes{
    "A",   "AA",  "AC", "B",  "CAR", "D",   "DET", "E",   "EX",  "EXP", "H",   "HH",    "HU",   "HX",  "I",
    "IE",  "IND", "L",  "LL", "LU",  "LX",  "MS",  "N",   "NCL", "ND",  "NEG", "NR",    "NS",   "OBX", "POS",
    "QCF", "R",   "RR", "S",  "SDD", "TOX", "U",   "UNE", "VS",  "W",   "WR",  "SYN-R", "SYN-S"};

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

std::string_view status_word(std::string_view written) noexcept {
    using Word = std::pair<char, std::string_view>;
    static constexpr std::array<Word, 11> kLetters{Word{'F', "final"},           Word{'U', "final"},
                                                   Word{'C', "corrected"},       Word{'P', "preliminary"},
                                                   Word{'R', "preliminary"},     Word{'S', "preliminary"},
                                                   Word{'I', "registered"},      Word{'O', "registered"},
                                                   Word{'X', "cancelled"},       Word{'D', "entered-in-error"},
                                                   Word{'W', "entered-in-error"}};
    if (written.size() == 1) {
        for (const auto& [letter, word] : kLetters) {
            if (written.front() == letter || written.front() == static_cast<char>(letter - 'A' + 'a')) return word;
        }
        return written;
    }
    for (const std::string_view word : kStatusWords) {
        if (same_letters(written, word)) return word;
    }
    return written;
}

std::string_view known_status(std::string_view written) noexcept {
    const std::string_view word = status_word(written);
    return std::find(kStatusWords.begin(), kStatusWords.end(), word) == kStatusWords.end() ? std::string_view() : word;
}

bool is_correction(std::string_view status) noexcept {
    return status == "amended" || status == "corrected" || status == "entered-in-error";
}

std::string_view flag_word(std::string_view written) noexcept {
    using Word = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Word, 7> kWords{
        Word{"high", "H"},           Word{"low", "L"},           Word{"normal", "N"},   Word{"abnormal", "A"},
        Word{"critical high", "HH"}, Word{"critical low", "LL"}, Word{"critical", "AA"}};
    for (const auto& [word, letter] : kWords) {
        if (same_letters(written, word)) return letter;
    }
    return written;
}

std::string_view known_flag(std::string_view written) noexcept {
    const std::string_view flag = without_blanks(flag_word(without_blanks(written)));
    const auto signs = flag.find_last_not_of("<>+-*!");
    const std::string_view code = flag.substr(0, signs == std::string_view::npos ? 0 : signs + 1);
    const bool coded = code.empty() || std::find(kFlagCodes.begin(), kFlagCodes.end(), code) != kFlagCodes.end();
    return coded && (flag.size() <= 4 || code == flag) ? flag : std::string_view();
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
