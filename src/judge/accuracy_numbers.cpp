#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "accuracy_detail.hpp"
#include "assay/models/detail/text.hpp"

namespace assay::judge::detail {
namespace {

using features::AbnormalResult;
using features::Vital;
using models::Statistic;
using models::detail::fixed;

/// A value of the record that a claim could mean, in the unit of the record.
struct Candidate {
    double value = 0;
    Qualifier qualifier = Qualifier::None;
    std::string column;
    std::optional<Timestamp> time;
    const AbnormalResult* result = nullptr;
};

struct Expected {
    std::vector<Candidate> candidates;
    Dimension dimension = Dimension::None;  ///< of the unit the claim should have
    std::string unit;                       ///< as a note writes it
};

void add_vital(const Context& context, Vital vital, Expected& out) {
    const auto& v = context.patient.vital(vital);
    const std::string name(models::display_of(vital).column);
    const auto put = [&](std::optional<double> value, Qualifier q, const std::string& column,
                         std::optional<Timestamp> at = {}) {
        if (value) out.candidates.push_back({*value, q, column, at, nullptr});
    };
    put(v.average, Qualifier::Average, "avg_" + name);
    put(v.minimum, Qualifier::Minimum, "min_" + name);
    put(v.maximum, Qualifier::Maximum, "max_" + name);
    put(v.last, Qualifier::Last, "last_" + name, v.last_at);
    put(v.slope_per_hour, Qualifier::Trend, name + "_slope_per_hour");
    out.unit = models::display_of(vital).unit;
    static constexpr std::array dimensions{Dimension::Rate,    Dimension::Pressure,    Dimension::Pressure,
                                           Dimension::Percent, Dimension::Temperature, Dimension::Rate};
    out.dimension = dimensions[static_cast<std::size_t>(vital)];
}

bool is_result(const AbnormalResult& result, const Context& context, const NumberClaim& claim) {
    const std::string name = models::detail::lower(result.name);
    if (claim.id >= kRecordedResult) {
        return name == models::detail::lower(
                           context.patient.abnormal_results[static_cast<std::size_t>(claim.id - kRecordedResult)].name);
    }
    const Analyte& analyte = analytes()[static_cast<std::size_t>(claim.id)];
    return result.loinc == analyte.loinc ||
           std::find(analyte.names.begin(), analyte.names.end(), name) != analyte.names.end();
}

void add_results(const Context& context, const NumberClaim& claim, Expected& out) {
    for (const AbnormalResult& result : context.patient.abnormal_results) {
        if (!is_result(result, context, claim)) continue;
        out.unit = result.unit;
        const auto put = [&](double value, Qualifier q) {
            out.candidates.push_back({value, q, "abnormal_results", result.observed_at, &result});
        };
        put(result.value, Qualifier::None);
        if (result.reference_low) put(*result.reference_low, Qualifier::Reference);
        if (result.reference_high) put(*result.reference_high, Qualifier::Reference);
    }
    out.dimension = Dimension::Laboratory;
}

/// A blood-gas "Temperature" or "Oxygen Saturation" is a laboratory result under a vital sign's name.
void add_namesakes(const Context& context, const NumberClaim& claim, Expected& out) {
    if (claim.subject == nullptr) return;
    const std::string_view said = context.doc.lower_slice(claim.subject->begin, claim.subject->end);
    for (const AbnormalResult& result : context.patient.abnormal_results) {
        if (models::detail::lower(result.name) != said) continue;
        const auto put = [&](double value) {
            out.candidates.push_back({value, Qualifier::None, "abnormal_results", result.observed_at, &result});
        };
        put(result.value);
        if (result.reference_low) put(*result.reference_low);
        if (result.reference_high) put(*result.reference_high);
    }
}

Expected expected_of(const Context& context, const NumberClaim& claim) {
    Expected out;
    const auto& p = context.patient;
    const auto put = [&](std::optional<double> value, const char* column, Qualifier q = Qualifier::None,
                         std::optional<Timestamp> at = {}) {
        if (value) out.candidates.push_back({*value, q, column, at, nullptr});
    };
    switch (claim.concept_of) {
        case Concept::Vital:
            add_vital(context, static_cast<Vital>(claim.id), out);
            add_namesakes(context, claim, out);
            break;
        case Concept::Laboratory:
            add_results(context, claim, out);
            break;
        case Concept::Age:
            if (p.age) put(static_cast<double>(*p.age), "age");
            break;
        case Concept::News2:
            if (p.worst_news2)
                put(static_cast<double>(*p.worst_news2), "worst_news2", Qualifier::None, p.worst_news2_at);
            break;
        case Concept::Risk:
            put(p.average_risk_score, "avg_risk_score", Qualifier::Average);
            put(p.max_risk_score, "max_risk_score", Qualifier::Maximum);
            break;
        case Concept::VitalCount:
            put(static_cast<double>(p.vital_count), "vital_count");
            break;
        case Concept::HistoryCount:
            put(static_cast<double>(p.history_count), "history_count");
            break;
        default:
            break;
    }
    return out;
}

/// `candidate` in the unit that the note wrote; empty where the unit cannot be converted.
std::optional<double> in_written_unit(const NumberClaim& claim, const Expected& expected, const Candidate& candidate) {
    const UnitOfNote* unit = claim.number.unit;
    if (candidate.result != nullptr) {
        if (unit == nullptr) return candidate.value;
        const UnitOfNote* recorded = unit_named(candidate.result->unit);
        // A unit that the table does not know, or a blank one, is not held against the note.
        if (recorded == nullptr || recorded->name == unit->name) return candidate.value;
        return convert_result(candidate.result->loinc, candidate.value, recorded->name, unit->name);
    }
    if (unit == nullptr) return candidate.value;
    if (expected.dimension != unit->dimension && expected.dimension != Dimension::None) return std::nullopt;
    return (candidate.value - unit->offset) / unit->scale;
}

/// Whether the record rounds to what the note says, at the precision at which it says it.
bool rounds_to(double record, double said, int decimals) {
    const double half = 0.5 * std::pow(10.0, -decimals);
    return std::abs(record - said) <= half * (1 + 1e-9) + 1e-9 * std::abs(record);
}

bool right_time(const NumberClaim& claim, const Candidate& candidate) {
    if (claim.time == nullptr || !candidate.time) return true;
    if (claim.time->day_only) return claim.time->time.date() == candidate.time->date();
    return claim.time->time == *candidate.time;
}

bool compatible(Qualifier said, const Candidate& candidate) {
    return said == Qualifier::None || candidate.qualifier == Qualifier::None || said == candidate.qualifier;
}

class NumberChecker {
  public:
    NumberChecker(const Context& context, CriterionResult& out) : context_(context), out_(out) {}

    void check(const NumberClaim& claim) {
        if (claim.id < 0) {
            ++out_.uncheckable;
            return;
        }
        const Expected expected = expected_of(context_, claim);
        if (claim.qualifier == Qualifier::Reference && claim.concept_of != Concept::Laboratory)
            return;  // "a scale of 0 to 1"
        if (expected.candidates.empty()) return unsupported(claim);
        ++out_.checked;
        if (claim.comparison && claim.concept_of != Concept::VitalCount) return check_comparison(claim, expected);
        check_value(claim, expected);
    }

    void check_times(const std::vector<NumberClaim>& claims) {
        std::vector<index> judged;
        for (const NumberClaim& claim : claims) {
            if (claim.time != nullptr) judged.push_back(claim.time->begin);
        }
        for (const TimeMention& t : context_.quantities.times) {
            if (context_.is_quoted(t.begin, t.end) || std::binary_search(judged.begin(), judged.end(), t.begin))
                continue;
            ++out_.checked;
            if (!known_time(t)) {
                report("ACC-TIME", Severity::Major,
                       "no moment of the record is " + std::string(context_.doc.slice(t.begin, t.end)), t.begin, t.end,
                       "first_observed_at,last_observed_at");
            }
        }
    }

  private:
    void report(std::string rule, Severity severity, std::string message, index begin, index end, std::string source,
                std::string correction = {}) {
        out_.findings.push_back(context_.finding(std::move(rule), Criterion::Accuracy, severity, std::move(message),
                                                 begin, end, std::move(source), std::move(correction)));
    }

    void unsupported(const NumberClaim& claim) {
        ++out_.uncheckable;
        const bool laboratory = claim.concept_of == Concept::Laboratory;
        if (!laboratory) ++out_.checked;
        // A normal result is not in the summary, so its number can be neither proven nor refuted.
        report("ACC-UNSUPPORTED", laboratory ? Severity::Minor : Severity::Major,
               laboratory ? "the summary holds no such result" : "the record holds no such measurement",
               claim.number.begin, claim.number.unit_end, laboratory ? "abnormal_results" : "");
    }

    void check_comparison(const NumberClaim& claim, const Expected& expected) {
        for (const Candidate& c : expected.candidates) {
            const auto value = in_written_unit(claim, expected, c);
            if (value && compatible(claim.qualifier, c) && models::holds(*claim.comparison, *value, claim.number.value))
                return;
        }
        report("ACC-DIRECTION", Severity::Major,
               "the record does not stand " + std::string(models::name_of(*claim.comparison)) + " this value",
               claim.number.begin, claim.number.unit_end, expected.candidates.front().column);
    }

    void check_value(const NumberClaim& claim, const Expected& expected) {
        const Candidate* other = nullptr;  // right value under another qualifier
        const Candidate* late = nullptr;   // right value at another time
        for (const Candidate& c : expected.candidates) {
            const auto value = in_written_unit(claim, expected, c);
            if (!value || !rounds_to(*value, claim.number.value, claim.number.decimals)) continue;
            if (!compatible(claim.qualifier, c)) {
                if (other == nullptr) other = &c;
            } else if (!right_time(claim, c)) {
                if (late == nullptr) late = &c;
            } else if (claim.time != nullptr && !c.time && !known_time(*claim.time)) {
                if (late == nullptr) late = &c;
            } else {
                return;
            }
        }
        if (late != nullptr) return wrong_time(claim, *late);
        if (other != nullptr && (claim.concept_of == Concept::Vital || claim.concept_of == Concept::Risk)) {
            return wrong_qualifier(claim, expected, *other);
        }
        if (wrong_unit(claim, expected)) return;
        wrong_number(claim, expected);
    }

    void wrong_time(const NumberClaim& claim, const Candidate& c) {
        report("ACC-TIME", Severity::Major, "the value is right but was not measured at this time", claim.time->begin,
               claim.time->end, c.column, c.time ? to_iso8601(*c.time) : "");
    }

    void wrong_qualifier(const NumberClaim& claim, const Expected& expected, const Candidate& found) {
        const Candidate* meant = meant_by(claim, expected);
        report("ACC-QUALIFIER", Severity::Major, "this value is in " + found.column + ", not what the note says it is",
               claim.number.begin, claim.number.end, found.column,
               meant == nullptr ? "" : written(claim, expected, *meant));
    }

    bool wrong_unit(const NumberClaim& claim, const Expected& expected) {
        if (claim.number.unit == nullptr) return false;
        for (const Candidate& c : expected.candidates) {
            const auto value = in_written_unit(claim, expected, c);
            const bool converted = value && std::abs(*value - c.value) > 1e-9;
            if (value && !converted) continue;
            if (!rounds_to(c.value, claim.number.value, claim.number.decimals)) continue;
            const std::string unit = c.result != nullptr ? c.result->unit : expected.unit;
            const index begin = unit_begin(claim.number);
            report("ACC-UNIT", Severity::Major, "the number is right in " + unit + ", not in this unit", begin,
                   claim.number.unit_end, c.column, unit);
            return true;
        }
        return false;
    }

    index unit_begin(const NumberMention& number) const {
        index at = number.end;
        while (at < number.unit_end && context_.doc.text[static_cast<std::size_t>(at)] == ' ') ++at;
        return at;
    }

    void wrong_number(const NumberClaim& claim, const Expected& expected) {
        const Candidate* meant = meant_by(claim, expected);
        const std::string correction = meant == nullptr ? "" : written(claim, expected, *meant);
        const std::string column = meant == nullptr ? expected.candidates.front().column : meant->column;
        report("ACC-NUMBER", Severity::Major, "the record has another value in " + column, claim.number.begin,
               claim.number.end, column, correction);
    }

    /// The candidate that the note's words point at; for several laboratory results the nearest in time or value.
    static const Candidate* meant_by(const NumberClaim& claim, const Expected& expected) {
        const Candidate* best = nullptr;
        for (const Candidate& c : expected.candidates) {
            if (!compatible(claim.qualifier, c)) continue;
            if (claim.qualifier == Qualifier::None && c.qualifier != Qualifier::None &&
                c.qualifier != Qualifier::Average)
                continue;
            const bool timed = claim.time != nullptr && c.time == claim.time->time;
            if (best == nullptr || timed ||
                std::abs(c.value - claim.number.value) < std::abs(best->value - claim.number.value))
                best = &c;
            if (timed) break;
        }
        return best;
    }

    /// As the note wrote its number, with decimals where fewer would round the record's value: 91.9 for "97", not 92.
    static std::string written(const NumberClaim& claim, const Expected& expected, const Candidate& c) {
        const auto value = in_written_unit(claim, expected, c);
        if (!value) return {};
        int decimals = claim.number.decimals;
        const int most = std::max(decimals, 1);
        const auto rounded = [&] { return std::abs(*value - std::strtod(fixed(*value, decimals).c_str(), nullptr)); };
        while (decimals < most && rounded() > 1e-9) ++decimals;
        return fixed(*value, decimals);
    }

    bool known_time(const TimeMention& t) const {
        const auto same = [&](const std::optional<Timestamp>& known) {
            return known && (t.day_only ? known->date() == t.time.date() : *known == t.time);
        };
        const auto& p = context_.patient;
        if (same(p.first_observed_at) || same(p.last_observed_at) || same(p.worst_news2_at) || same(p.aggregated_at))
            return true;
        for (const Vital v : features::kVitals) {
            if (same(p.vital(v).last_at)) return true;
        }
        return std::any_of(p.abnormal_results.begin(), p.abnormal_results.end(),
                           [&](const AbnormalResult& r) { return same(r.observed_at); });
    }

    const Context& context_;
    CriterionResult& out_;
};

}  // namespace

void check_numbers(const Context& context, CriterionResult& out) {
    const std::vector<NumberClaim> claims = number_claims(context);
    NumberChecker checker(context, out);
    for (const NumberClaim& claim : claims) checker.check(claim);
    checker.check_times(claims);
}

}  // namespace assay::judge::detail
