#include "data/units/unit_syntax.hpp"

#include <charconv>
#include <string>

#include "assay/base/error.hpp"

namespace assay::data::detail {
namespace {

constexpr std::size_t kLongest = 256;
constexpr std::size_t kMostDigits = 18;
constexpr int kDeepest = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_printable(char c) { return c > ' ' && c <= '~'; }

class UnitParser {
  public:
    explicit UnitParser(std::string_view code) : code_(code) {}

    std::vector<UnitTerm> whole() {
        if (code_.size() > kLongest) {
            throw ValueError("unit: expected at most " + std::to_string(kLongest) + " characters, got " +
                             std::to_string(code_.size()));
        }
        if (code_.empty()) return {};  // the unity
        std::vector<UnitTerm> terms = sequence();
        if (!done()) fail("an operator '.' or '/'");
        return terms;
    }

  private:
    bool done() const { return at_ == code_.size(); }
    bool next_is(char c) const { return !done() && code_[at_] == c; }

    [[noreturn]] void fail(const std::string& expected) const {
        std::string shown;
        for (const char c : code_.substr(0, 60)) shown += is_printable(c) ? c : '?';
        if (code_.size() > 60) shown += "...";
        const std::string came = done()                     ? "its end"
                                 : is_printable(code_[at_]) ? std::string{'\'', code_[at_], '\''}
                                                            : "a character outside ASCII's printable";
        throw ValueError("unit '" + shown + "': expected " + expected + " at character " + std::to_string(at_ + 1) +
                         ", got " + came);
    }

    std::vector<UnitTerm> sequence() {
        std::vector<UnitTerm> terms;
        bool divided = depth_ == 0 && take('/');
        for (;;) {
            terms.push_back(component(divided));
            if (take('/')) {
                divided = true;
            } else if (take('.')) {
                divided = false;
            } else {
                return terms;
            }
        }
    }

    bool take(char c) {
        if (!next_is(c)) return false;
        ++at_;
        return true;
    }

    UnitTerm component(bool divided) {
        UnitTerm term;
        term.divided = divided;
        if (take('(')) {
            term.kind = UnitTerm::Kind::group;
            if (++depth_ > kDeepest) fail("at most 16 nested groups");
            term.group = sequence();
            --depth_;
            if (!take(')')) fail("')'");
        } else if (next_is('{')) {
            term.annotation = annotation();
        } else {
            symbol_or_number(term);
            if (next_is('{')) term.annotation = annotation();
        }
        return term;
    }

    std::string_view annotation() {
        const std::size_t begin = ++at_;
        while (!done() && code_[at_] != '}') {
            if (!is_printable(code_[at_]) || code_[at_] == '{') fail("a printable character or '}'");
            ++at_;
        }
        if (done()) fail("'}'");
        return code_.substr(begin, at_++ - begin);
    }

    /// To the next operator, parenthesis or brace outside square brackets: "B[10.nV]" is one symbol.
    std::string_view token() {
        const std::size_t begin = at_;
        bool in_brackets = false;
        for (; !done(); ++at_) {
            const char c = code_[at_];
            if (!is_printable(c)) fail("a symbol of a unit");
            if (c == '[') in_brackets = true;
            if (c == ']') in_brackets = false;
            if (!in_brackets && std::string_view("./(){}").find(c) != std::string_view::npos) break;
        }
        return code_.substr(begin, at_ - begin);
    }

    void symbol_or_number(UnitTerm& term) {
        const std::size_t begin = at_;
        std::string_view text = token();
        if (text.empty()) fail("a unit, a number or an annotation");
        std::size_t digits = 0;
        while (digits < text.size() && is_digit(text[text.size() - 1 - digits])) ++digits;
        if (digits == text.size()) {
            if (digits > kMostDigits) rewind(begin, "a number of at most 18 digits");
            term.kind = UnitTerm::Kind::number;
            std::from_chars(text.data(), text.data() + text.size(), term.number);
            if (term.number == 0) rewind(begin, "a number above zero");
            return;
        }
        if (digits > 0) {
            if (digits > 3) rewind(begin + text.size() - digits, "an exponent from -99 to 99");
            std::from_chars(text.data() + text.size() - digits, text.data() + text.size(), term.exponent);
            text.remove_suffix(digits);
            if (text.back() == '+' || text.back() == '-') {
                if (text.back() == '-') term.exponent = -term.exponent;
                text.remove_suffix(1);
            }
            if (term.exponent > kLargestExponent || term.exponent < -kLargestExponent) {
                rewind(begin + text.size(), "an exponent from -99 to 99");
            }
        }
        term.kind = UnitTerm::Kind::symbol;
        term.symbol = find_ucum_symbol(text);
        if (term.symbol.atom == nullptr) rewind(begin, "a unit of UCUM");
    }

    [[noreturn]] void rewind(std::size_t to, const std::string& expected) {
        at_ = to;
        fail(expected);
    }

    std::string_view code_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

std::vector<UnitTerm> parse_unit_terms(std::string_view code) { return UnitParser(code).whole(); }

}  // namespace assay::data::detail
