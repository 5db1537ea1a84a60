#include "assay/data/loinc.hpp"

#include <algorithm>
#include <array>

namespace assay::data {
namespace {

/// Issued with a wrong check digit, deprecated since, and still met in data.
constexpr std::array<std::string_view, 14> kWrongCheckDigit = {"11491-6", "11501-6", "5895-7", "5896-5", "5897-3",
                                                               "5928-1",  "6028-3",  "6415-5", "6580-7", "6645-7",
                                                               "6646-5",  "6647-3",  "6648-1", "6649-9"};

/// Luhn's digit over the digits before the hyphen, the last of which counts double.
int check_digit(std::string_view digits) noexcept {
    int sum = 0;
    bool doubled = true;
    for (auto at = digits.rbegin(); at != digits.rend(); ++at, doubled = !doubled) {
        const int value = (*at - '0') * (doubled ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
    }
    return (10 - sum % 10) % 10;
}

}  // namespace

bool is_loinc(std::string_view code) noexcept {
    const auto digit = [](char c) { return '0' <= c && c <= '9'; };
    if (code.size() < 3 || code[code.size() - 2] != '-' || !digit(code.back())) return false;
    const std::string_view digits = code.substr(0, code.size() - 2);
    if (digits.front() == '0' || !std::all_of(digits.begin(), digits.end(), digit)) return false;
    return check_digit(digits) == code.back() - '0' ||
           std::find(kWrongCheckDigit.begin(), kWrongCheckDigit.end(), code) != kWrongCheckDigit.end();
}

}  // namespace assay::data
