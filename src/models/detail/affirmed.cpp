#include "assay/models/detail/affirmed.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "assay/models/detail/text.hpp"

namespace assay::models::detail {
namespace {

enum class Side : unsigned char { Before, Adjacent, Kin, Behind };

/// A cue stands before the words it is about, right before the next one, or behind them; a relative's stands before
/// "with", "had" and the like.
struct Cue {
    std::string_view words;
    Aside aside;
    Side side;
};

constexpr Aside kAbsent = Aside::Absent;
constexpr Aside kPast = Aside::Past;

// Of two that begin at one place the longer counts. Those of `Nothing` are no cues though they begin like one.
constexpr std::array kCues{Cue{"no", kAbsent, Side::Before},
                           Cue{"not", kAbsent, Side::Before},
                           Cue{"nil", kAbsent, Side::Before},
                           Cue{"denies", kAbsent, Side::Before},
                           Cue{"denied", kAbsent, Side::Before},
                           Cue{"denying", kAbsent, Side::Before},
                           Cue{"without", kAbsent, Side::Before},
                           Cue{"never", kAbsent, Side::Before},
                           Cue{"negative for", kAbsent, Side::Before},
                           Cue{"free of", kAbsent, Side::Before},
                           Cue{"absence of", kAbsent, Side::Before},
                           Cue{"ruled out for", kAbsent, Side::Before},
                           Cue{"tolerates", kAbsent, Side::Before},
                           Cue{"tolerated", kAbsent, Side::Before},
                           Cue{"non", kAbsent, Side::Adjacent},
                           Cue{"family history", kAbsent, Side::Before},
                           Cue{"family hx", kAbsent, Side::Before},
                           Cue{"fhx", kAbsent, Side::Before},
                           Cue{"fh", kAbsent, Side::Before},
                           Cue{"mother", kAbsent, Side::Kin},
                           Cue{"father", kAbsent, Side::Kin},
                           Cue{"maternal", kAbsent, Side::Before},
                           Cue{"paternal", kAbsent, Side::Before},
                           Cue{"brother", kAbsent, Side::Kin},
                           Cue{"sister", kAbsent, Side::Kin},
                           Cue{"sibling", kAbsent, Side::Kin},
                           Cue{"parent", kAbsent, Side::Kin},
                           Cue{"screening for", kAbsent, Side::Before},
                           Cue{"screen for", kAbsent, Side::Before},
                           Cue{"screened for", kAbsent, Side::Before},
                           Cue{"vaccination against", kAbsent, Side::Before},
                           Cue{"vaccinated against", kAbsent, Side::Before},
                           Cue{"immunization against", kAbsent, Side::Before},
                           Cue{"immunisation against", kAbsent, Side::Before},
                           Cue{"exposure to", kAbsent, Side::Before},
                           Cue{"exposed to", kAbsent, Side::Before},
                           Cue{"contact with", kAbsent, Side::Before},
                           Cue{"risk of", kAbsent, Side::Before},
                           Cue{"risk for", kAbsent, Side::Before},
                           Cue{"fear of", kAbsent, Side::Before},
                           Cue{"ruled out", kAbsent, Side::Behind},
                           Cue{"excluded", kAbsent, Side::Behind},
                           Cue{"refuted", kAbsent, Side::Behind},
                           Cue{"disproven", kAbsent, Side::Behind},
                           Cue{"denied by patient", kAbsent, Side::Behind},
                           Cue{"not present", kAbsent, Side::Behind},
                           Cue{"absent", kAbsent, Side::Behind},
                           Cue{"not found", kAbsent, Side::Behind},
                           Cue{"screening", kAbsent, Side::Behind},
                           Cue{"vaccination", kAbsent, Side::Behind},
                           Cue{"vaccine", kAbsent, Side::Behind},
                           Cue{"immunization", kAbsent, Side::Behind},
                           Cue{"immunisation", kAbsent, Side::Behind},
                           Cue{"in family", kAbsent, Side::Behind},
                           Cue{"in the family", kAbsent, Side::Behind},
                           Cue{"delabelled", kAbsent, Side::Behind},
                           Cue{"delabeled", kAbsent, Side::Behind},
                           Cue{"de-labelled", kAbsent, Side::Behind},
                           Cue{"tolerated since", kAbsent, Side::Behind},
                           Cue{"resolved", Aside::Resolved, Side::Behind},
                           Cue{"inactive", Aside::Inactive, Side::Behind},
                           Cue{"in remission", Aside::Inactive, Side::Behind},
                           Cue{"in full remission", Aside::Inactive, Side::Behind},
                           Cue{"in complete remission", Aside::Inactive, Side::Behind},
                           Cue{"history of", kPast, Side::Before},
                           Cue{"history", kPast, Side::Behind},
                           Cue{"hx of", kPast, Side::Before},
                           Cue{"h/o", kPast, Side::Before},
                           Cue{"previous", kPast, Side::Before},
                           Cue{"prior", kPast, Side::Before},
                           Cue{"past", kPast, Side::Before},
                           Cue{"old", kPast, Side::Before},
                           Cue{"healed", kPast, Side::Before},
                           Cue{"sequelae of", kPast, Side::Before},
                           Cue{"sequela of", kPast, Side::Before},
                           Cue{"late effects of", kPast, Side::Before},
                           Cue{"late effect of", kPast, Side::Before},
                           Cue{"status post", kPast, Side::Before},
                           Cue{"s/p", kPast, Side::Before}};

// "Not specified" and the like say nothing of a disease; "not confirmed bacteriologically" is how ICD-10 names A16.
constexpr std::array<std::string_view, 25> kNoCues{"not specified",
                                                   "not stated",
                                                   "not elsewhere",
                                                   "not otherwise",
                                                   "not classified",
                                                   "not confirmed",
                                                   "not due",
                                                   "not only",
                                                   "not well",
                                                   "not yet",
                                                   "not certain",
                                                   "not sure",
                                                   "not excluded",
                                                   "not ruled out",
                                                   "not resolved",
                                                   "not insulin",
                                                   "not insulin-dependent",
                                                   "not responding",
                                                   "not improving",
                                                   "no longer in remission",
                                                   "no change in",
                                                   "no improvement",
                                                   "no doubt",
                                                   "no response",
                                                   "not immune"};

// "Cannot be excluded", "has not been ruled out", "not yet resolved": a cue behind that is itself denied.
constexpr std::array<std::string_view, 6> kDenials{"not", "cannot", "can't", "couldn't", "never", "no"};
// "Pneumonia after vaccination" is one.
constexpr std::array<std::string_view, 7> kLinks{"after", "post", "following", "since", "despite", "until", "before"};
constexpr std::array<std::string_view, 6> kHad{"with", "had", "has", "died", "diagnosed", "having"};

constexpr std::array<std::string_view, 7> kStops{"but", "however", "although", "though", "except", "with", "now"};

constexpr std::size_t kReach = 6;  // words

/// A word, or a mark that ends a scope.
struct Piece {
    std::size_t begin = 0, end = 0;
    bool comma = false;  ///< ',', ':', '-' or '(' stands before this word
    bool open = false;   ///< '('
    bool stop = false;   ///< ';', '.' or a line's end
};

/// "h/o" and "de-labelled" are one word, "non-diabetic" two; "icd10|a15.0" is one.
std::vector<Piece> pieces_of(std::string_view text) {
    std::vector<Piece> pieces;
    Piece next;
    const auto inside = [&](std::size_t at) {
        const char c = text[at];
        if (is_word(c) || static_cast<unsigned char>(c) >= 0x80 || c == '|') return true;
        const bool between = at > 0 && at + 1 < text.size() && is_word(text[at - 1]) && is_word(text[at + 1]);
        return between &&
               (c == '/' || c == '\'' || c == '-' || (c == '.' && text[at + 1] >= '0' && text[at + 1] <= '9'));
    };
    for (std::size_t at = 0; at < text.size();) {
        if (!inside(at)) {
            const char c = text[at];
            next.comma = next.comma || c == ',' || c == ':' || c == '-' || c == '(' || c == ')';
            next.open = next.open || c == '(';
            next.stop = next.stop || c == ';' || c == '.' || c == '\n';
            ++at;
            continue;
        }
        next.begin = at;
        while (at < text.size() && inside(at)) {
            if (text[at] == '-' && text.substr(next.begin, at - next.begin) == "non") break;
            ++at;
        }
        next.end = at;
        const bool prefix = at < text.size() && inside(at);  // the hyphen of "non-"
        pieces.push_back(next);
        next = {};
        if (prefix) ++at;
    }
    return pieces;
}

class Scopes {
  public:
    explicit Scopes(std::string_view text) : text_(text), out_(text), pieces_(pieces_of(text)) {}

    std::string overwrite(Aside asides) {
        for (std::size_t at = 0; at < pieces_.size();) {
            const std::size_t skipped = longest(kNoCues, at, [](std::string_view words) { return words; }).second;
            const auto [cue, length] = longest(kCues, at, [](const Cue& c) { return c.words; });
            if (skipped >= std::max<std::size_t>(length, 1)) {
                at += skipped;
                continue;
            }
            if (cue != nullptr && holds(asides, cue->aside) && counts(*cue, at, at + length)) {
                apply(*cue, at, at + length);
                for (std::size_t of_cue = at; of_cue < at + length; ++of_cue) erase(of_cue);
            }
            at += std::max<std::size_t>(length, 1);
        }
        return std::move(out_);
    }

  private:
    std::string_view word(std::size_t at) const {
        return text_.substr(pieces_[at].begin, pieces_[at].end - pieces_[at].begin);
    }

    /// Words of `phrase` if they stand from word `at` on, otherwise 0.
    std::size_t words_here(std::string_view phrase, std::size_t at) const {
        std::size_t n = 0;
        while (!phrase.empty()) {
            const std::size_t blank = std::min(phrase.find(' '), phrase.size());
            if (at + n >= pieces_.size() || word(at + n) != phrase.substr(0, blank)) return 0;
            if (n > 0 && ends(at + n)) return 0;
            phrase.remove_prefix(std::min(blank + 1, phrase.size()));
            ++n;
        }
        return n;
    }

    template <class Phrases, class Words>
    std::pair<const typename Phrases::value_type*, std::size_t> longest(const Phrases& phrases, std::size_t at,
                                                                        Words words) const {
        const typename Phrases::value_type* best = nullptr;
        std::size_t length = 0;
        for (const auto& phrase : phrases) {
            const std::size_t n = words_here(words(phrase), at);
            if (n > length) {
                length = n;
                best = &phrase;
            }
        }
        return {best, length};
    }

    bool ends(std::size_t at) const { return pieces_[at].stop || pieces_[at].comma; }

    bool is_stop(std::size_t at) const { return std::find(kStops.begin(), kStops.end(), word(at)) != kStops.end(); }

    template <class Words>
    bool is_one_of(const Words& words, std::size_t at) const {
        return std::find(words.begin(), words.end(), word(at)) != words.end();
    }

    /// Whether the words around a cue leave it one. Behind, it closes its phrase: not "inactive lifestyle".
    bool counts(const Cue& cue, std::size_t first, std::size_t after) const {
        if (cue.side == Side::Kin) return after < pieces_.size() && is_one_of(kHad, after);
        if (cue.side != Side::Behind) return true;
        if (after < pieces_.size() && !ends(after) && !is_stop(after)) return false;
        if (first > 0 && !ends(first) && is_one_of(kLinks, first - 1)) return false;
        for (std::size_t at = first; at-- > 0 && first - at <= 3 && !pieces_[at + 1].stop;) {
            if (is_one_of(kDenials, at)) return false;
        }
        return true;
    }

    void erase(std::size_t at) {
        std::fill(out_.begin() + static_cast<std::ptrdiff_t>(pieces_[at].begin),
                  out_.begin() + static_cast<std::ptrdiff_t>(pieces_[at].end), '#');
    }

    void apply(const Cue& cue, std::size_t first, std::size_t after) {
        if (cue.side == Side::Behind) return erase_behind(first);
        const std::size_t reach = cue.side == Side::Adjacent ? 1 : kReach;
        for (std::size_t at = after; at < std::min(after + reach, pieces_.size()); ++at) {
            if (pieces_[at].stop || pieces_[at].open) return;
            if (at > after && (pieces_[at].comma || is_stop(at))) return;  // "mother with …", "family history: …" go on
            erase(at);
        }
    }

    /// The words that a cue behind them is about: back to a comma, or over the one that stands right before the cue.
    void erase_behind(std::size_t cue) {
        for (std::size_t at = cue; at-- > 0 && cue - at <= kReach + 2;) {
            const Piece& right = pieces_[at + 1];
            if (right.stop || (right.comma && at + 1 != cue)) return;
            erase(at);
        }
    }

    std::string_view text_;
    std::string out_;
    std::vector<Piece> pieces_;
};

}  // namespace

std::string affirmed(std::string_view lowered, Aside asides) { return Scopes(lowered).overwrite(asides); }

}  // namespace assay::models::detail
