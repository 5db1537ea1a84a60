#include "assay/judge/detail/claims.hpp"

#include <algorithm>

namespace assay::judge::detail {
namespace {

using features::Vital;

bool is_subject(Concept kind) {
    return kind == Concept::Vital || kind == Concept::BloodPressure || kind == Concept::Laboratory ||
           kind == Concept::Age || kind == Concept::News2 || kind == Concept::Risk || kind == Concept::VitalCount ||
           kind == Concept::HistoryCount;
}

/// Whether a unit of this dimension can be meant for the subject, or is at least a slip for one that can.
bool belongs(Concept subject, Dimension unit) {
    switch (unit) {
        case Dimension::None:
            return true;
        case Dimension::Rate:
        case Dimension::Pressure:
        case Dimension::Percent:
        case Dimension::Temperature:
        case Dimension::Laboratory:
            return subject == Concept::Vital || subject == Concept::BloodPressure || subject == Concept::Laboratory;
        case Dimension::Years:
            return subject == Concept::Age;
        case Dimension::Points:
            return subject == Concept::News2 || subject == Concept::Risk;
        case Dimension::Rows:
            return subject == Concept::VitalCount || subject == Concept::HistoryCount;
        case Dimension::Dose:
            return subject == Concept::Laboratory;
        case Dimension::Other:
            return false;
    }
    return false;
}

/// Reads one sentence from left to right, remembering what is being spoken of.
class SentenceReader {
  public:
    SentenceReader(const Context& context, const Sentence& sentence, std::vector<NumberClaim>& out)
        : context_(context), sentence_(sentence), out_(out) {}

    void read(std::size_t& mention, std::size_t& number, std::size_t& time) {
        const auto& mentions = context_.claims;
        const auto& numbers = context_.quantities.numbers;
        const auto& times = context_.quantities.times;
        const std::size_t first_claim = out_.size();
        constexpr index none = PTRDIFF_MAX;
        while (true) {
            const index m = mention < mentions.size() ? mentions[mention].begin : none;
            const index n = number < numbers.size() ? numbers[number].begin : none;
            const index t = time < times.size() ? times[time].begin : none;
            if (std::min({m, n, t}) >= sentence_.end) break;
            if (m <= n && m <= t) {
                take(mentions[mention++]);
            } else if (n <= t) {
                take(numbers[number++], mention);
            } else {
                take(times[time++], first_claim);
            }
        }
    }

  private:
    void take(const Mention& m) {
        if (m.begin < unit_end_) return;  // the "min" of "/min"
        if (context_.is_quoted(m.begin, m.end) && static_cast<Concept>(m.kind) != Concept::Vital) return;
        const auto kind = static_cast<Concept>(m.kind);
        if (is_subject(kind)) {
            // "average heart rate": a qualifier shortly before its subject stays with it.
            if (qualifier_token_ < 0 || m.token - qualifier_token_ > 3) qualifier_ = Qualifier::None;
            subject_ = &m;
            comparison_.reset();
            range_position_ = 0;
        } else if (kind == Concept::Qualifier) {
            qualifier_ = static_cast<Qualifier>(m.id);
            qualifier_token_ = m.token;
            qualifier_begin_ = m.begin;
            range_position_ = 0;
        } else if (kind == Concept::Comparator) {
            comparison_ = static_cast<models::Comparison>(m.id);
        }
    }

    void take(const NumberMention& n, std::size_t next_mention) {
        unit_end_ = n.unit_end;
        // A year without a unit is a citation or a date, not a measurement.
        const bool year = n.unit == nullptr && n.decimals == 0 && n.value >= 1900 && n.value <= 2100;
        const std::string_view after = std::string_view(context_.doc.lower).substr(static_cast<std::size_t>(n.end));
        // "3 in a single parameter" says what a red score is, not what the total was.
        if (n.value == 3 && n.decimals == 0 && context_.speaks_of(Concept::RedScore, sentence_)) return;
        const bool rest =
            after.starts_with(" more") && !after.starts_with(" more than");  // "and 34 more" counts entries
        if (year || rest || context_.is_quoted(n.begin, n.end)) return;
        const Dimension unit = n.unit == nullptr ? Dimension::None : n.unit->dimension;
        const Mention* subject = subject_;
        if (subject == nullptr) subject = following(next_mention, n);
        NumberClaim claim;
        claim.number = n;
        if (!settle(claim, subject, unit)) return;
        if (unit == Dimension::None && claim.subject != nullptr && sentence_gap(*claim.subject, n) > 90 &&
            !follows_claim_)
            return;
        claim.qualifier = range_or(qualifier_);
        claim.qualifier_begin = qualifier_begin_;
        claim.comparison = comparison_;
        comparison_.reset();
        follows_claim_ = true;
        out_.push_back(claim);
    }

    /// What the number is of; false where it is no claim at all.
    bool settle(NumberClaim& claim, const Mention* subject, Dimension unit) const {
        if (claim.number.pair_first || claim.number.pair_second) {
            const bool pressure =
                subject != nullptr && (static_cast<Concept>(subject->kind) == Concept::BloodPressure ||
                                       (static_cast<Concept>(subject->kind) == Concept::Vital &&
                                        (subject->id == static_cast<int>(Vital::SystolicBp))));
            if (!pressure && unit != Dimension::Pressure && unit != Dimension::None) return false;
            if (!pressure && !(claim.number.pair_first && next_unit_is_pressure(claim.number)) &&
                unit != Dimension::Pressure)
                return false;
            claim.subject = subject;
            claim.concept_of = Concept::Vital;
            claim.id = static_cast<int>(claim.number.pair_first ? Vital::SystolicBp : Vital::DiastolicBp);
            return true;
        }
        if (unit == Dimension::Years) return assign(claim, nullptr, Concept::Age, 0);
        if (subject != nullptr && belongs(static_cast<Concept>(subject->kind), unit)) {
            const auto kind = static_cast<Concept>(subject->kind);
            // A count of rows without the word "rows" is too weak a claim ("vital signs 2 hours ago").
            if ((kind == Concept::VitalCount || kind == Concept::HistoryCount) && unit != Dimension::Rows) return false;
            if (kind == Concept::BloodPressure)
                return assign(claim, subject, Concept::Vital, static_cast<int>(Vital::SystolicBp));
            return assign(claim, subject, kind, subject->id);
        }
        if (unit == Dimension::Temperature)
            return assign(claim, nullptr, Concept::Vital, static_cast<int>(Vital::Temperature));
        if (claim.number.unit != nullptr && claim.number.unit->name == "beats/min") {
            return assign(claim, nullptr, Concept::Vital, static_cast<int>(Vital::HeartRate));
        }
        if (claim.number.unit != nullptr && claim.number.unit->name == "breaths/min") {
            return assign(claim, nullptr, Concept::Vital, static_cast<int>(Vital::RespiratoryRate));
        }
        // A clinical unit of nobody knows what: said, but not checkable.
        if (unit == Dimension::Laboratory || unit == Dimension::Pressure || unit == Dimension::Percent ||
            unit == Dimension::Rate) {
            claim.subject = nullptr;
            claim.id = -1;
            return true;
        }
        return false;
    }

    static bool assign(NumberClaim& claim, const Mention* subject, Concept kind, int id) {
        claim.subject = subject;
        claim.concept_of = kind;
        claim.id = id;
        return true;
    }

    bool next_unit_is_pressure(const NumberMention& first) const {
        const auto& numbers = context_.quantities.numbers;
        const auto* next = &first;
        const auto at = std::upper_bound(numbers.begin(), numbers.end(), next->begin,
                                         [](index b, const NumberMention& other) { return b < other.begin; });
        return at != numbers.end() && at->unit != nullptr && at->unit->dimension == Dimension::Pressure;
    }

    /// "106 bpm heart rate": the subject within the next 24 bytes.
    const Mention* following(std::size_t next, const NumberMention& n) const {
        for (; next < context_.claims.size(); ++next) {
            const Mention& m = context_.claims[next];
            if (m.begin >= sentence_.end || m.begin - n.unit_end > 24) return nullptr;
            if (is_subject(static_cast<Concept>(m.kind))) {
                const bool weak = n.unit == nullptr || static_cast<Concept>(m.kind) == Concept::VitalCount;
                return weak ? nullptr : &m;
            }
        }
        return nullptr;
    }

    Qualifier range_or(Qualifier q) {
        if (q != Qualifier::Range) return q;
        return range_position_++ == 0 ? Qualifier::Minimum : Qualifier::Maximum;
    }

    static index sentence_gap(const Mention& m, const NumberMention& n) { return n.begin - m.end; }

    /// A time belongs to the last number before it, if no other time came between.
    void take(const TimeMention& t, std::size_t first_claim) {
        if (out_.size() > first_claim && out_.back().time == nullptr && t.begin - out_.back().number.unit_end < 40) {
            out_.back().time = &t;
        }
        // What follows a time belongs to the subject still, but says nothing of the number before.
        if (qualifier_ == Qualifier::Range) qualifier_ = Qualifier::None;
    }

    const Context& context_;
    const Sentence& sentence_;
    std::vector<NumberClaim>& out_;
    const Mention* subject_ = nullptr;
    Qualifier qualifier_ = Qualifier::None;
    index qualifier_token_ = -1;
    index qualifier_begin_ = -1;
    std::optional<models::Comparison> comparison_;
    int range_position_ = 0;
    bool follows_claim_ = false;
    index unit_end_ = 0;
};

}  // namespace

std::vector<NumberClaim> number_claims(const Context& context) {
    std::vector<NumberClaim> claims;
    std::size_t mention = 0;
    std::size_t number = 0;
    std::size_t time = 0;
    const auto& q = context.quantities;
    for (const Sentence& s : context.doc.sentences) {
        const auto before = [&](const auto& list, std::size_t at) {
            return at < list.size() && list[at].begin < s.begin;
        };
        while (before(context.claims, mention)) ++mention;
        while (before(q.numbers, number)) ++number;
        while (before(q.times, time)) ++time;
        if (s.heading || context.is_hedged(s)) continue;
        SentenceReader(context, s, claims).read(mention, number, time);
    }
    return claims;
}

}  // namespace assay::judge::detail
