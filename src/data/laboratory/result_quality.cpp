#include "assay/data/laboratory/result_quality.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/select.hpp"

namespace assay::data {
namespace {

using SourceOfRow = std::vector<std::uint32_t>;

/// A column that a source may lack.
class MaybeColumn {
  public:
    MaybeColumn(const Table& rows, std::string_view name, Type type) {
        if (rows.has_column(name)) column_ = cast(rows.column(name), type);
    }
    explicit operator bool() const { return column_.has_value(); }
    bool holds(index row) const {
        if (!column_ || column_->is_null(row)) return false;
        return column_->type() != Type::Utf8 || column_->text(row).find_first_not_of(" \t") != std::string_view::npos;
    }
    std::string_view text(index row) const { return holds(row) ? column_->text(row) : std::string_view{}; }
    double number(index row) const { return column_->values<double>()[static_cast<std::size_t>(row)]; }
    Timestamp time(index row) const { return *column_->get<Timestamp>(row); }

  private:
    std::optional<Array> column_;
};

/// What a result's test is called: the laboratory's own code, else LOINC's, else its name.
class TestOfRow {
  public:
    explicit TestOfRow(const Table& rows)
        : code_(rows, "local_code", Type::Utf8),
          loinc_(rows, "loinc", Type::Utf8),
          name_(rows, "test_name", Type::Utf8) {}
    explicit operator bool() const { return code_ || loinc_ || name_; }
    bool holds(index row) const { return code_.holds(row) || loinc_.holds(row) || name_.holds(row); }
    std::string_view text(index row) const {
        if (code_.holds(row)) return code_.text(row);
        return loinc_.holds(row) ? loinc_.text(row) : name_.text(row);
    }

  private:
    MaybeColumn code_, loinc_, name_;
};

/// Sources in the order of first appearance.
struct Sources {
    std::vector<std::string> names;
    SourceOfRow of_row;
};

Sources find_sources(const Table& rows, const std::string& source_column) {
    Sources found;
    found.of_row.assign(static_cast<std::size_t>(rows.num_rows()), 0);
    if (source_column.empty()) {
        found.names.emplace_back();
        return found;
    }
    const Array& column = rows.column(source_column);
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    for (index row = 0; row < rows.num_rows(); ++row) {
        const std::string_view name = column.is_valid(row) ? column.text(row) : std::string_view{};
        const auto [place, added] = numbers.emplace(name, static_cast<std::uint32_t>(found.names.size()));
        if (added) found.names.emplace_back(name);
        found.of_row[static_cast<std::size_t>(row)] = place->second;
    }
    return found;
}

/// Counts of one check for every source.
class Tally {
  public:
    Tally(std::size_t sources, const SourceOfRow& of_row) : counts_(sources), of_row_(of_row) {}
    void look(index row, bool failed) {
        auto& [checked, wrong] = counts_[of_row_[static_cast<std::size_t>(row)]];
        ++checked;
        wrong += failed;
    }
    const std::vector<std::pair<index, index>>& counts() const { return counts_; }

  private:
    std::vector<std::pair<index, index>> counts_;
    const SourceOfRow& of_row_;
};

class Examination {
  public:
    Examination(const Table& rows, const StandardisedResults& standardised, const ResultQualityOptions& options)
        : rows_(rows), standardised_(standardised), options_(options), count_(rows.num_rows()) {
        if (standardised.rows_read != count_) {
            throw ShapeError("result_quality: expected the standardised results of these " + std::to_string(count_) +
                             " rows, got those of " + std::to_string(standardised.rows_read));
        }
        Sources found = find_sources(rows, options.source_column);
        sources_ = std::move(found.names);
        of_row_ = std::move(found.of_row);
    }

    std::vector<QualityCheck> all() {
        completeness();
        validity();
        uniqueness();
        consistency();
        timeliness();
        return std::move(checks_);
    }

  private:
    template <class Look>
    void check(std::string_view dimension, std::string_view name, Look&& look) {
        Tally tally(sources_.size(), of_row_);
        for (index row = 0; row < count_; ++row) look(row, tally);
        add(dimension, name, tally);
    }
    void add(std::string_view dimension, std::string_view name, const Tally& tally) {
        for (std::size_t s = 0; s < sources_.size(); ++s) {
            const auto& [checked, failed] = tally.counts()[s];
            if (checked > 0)
                checks_.push_back({sources_[s], std::string(dimension), std::string(name), checked, failed});
        }
    }

    void completeness() {
        const MaybeColumn patient(rows_, "patient_id", Type::Utf8);
        if (patient) {
            check("completeness", "patient_id.present",
                  [&](index row, Tally& tally) { tally.look(row, !patient.holds(row)); });
        }
        const TestOfRow test(rows_);
        check("completeness", "test.present", [&](index row, Tally& tally) { tally.look(row, !test.holds(row)); });
        const MaybeColumn observed(rows_, "observed_at", Type::Timestamp);
        if (observed) {
            check("completeness", "observed_at.present",
                  [&](index row, Tally& tally) { tally.look(row, !observed.holds(row)); });
        }
        const MaybeColumn value(rows_, "value", Type::Float64);
        const MaybeColumn text(rows_, "text", Type::Utf8);
        const MaybeColumn reason(rows_, "absent_reason", Type::Utf8);
        check("completeness", "value.present", [&](index row, Tally& tally) {
            tally.look(row, !value.holds(row) && !text.holds(row) && !reason.holds(row));
        });
    }

    /// The rule that refused each row; nothing where it was kept.
    std::vector<std::string_view> refusals() const {
        std::vector<std::string_view> rule(static_cast<std::size_t>(count_));
        const auto positions = standardised_.refused.column("row").values<std::int64_t>();
        const Array& rules = standardised_.refused.column("rule");
        for (index i = 0; i < rules.size(); ++i) {
            rule[static_cast<std::size_t>(positions[static_cast<std::size_t>(i)])] = rules.text(i);
        }
        return rule;
    }

    void validity() {
        const std::vector<std::string_view> refused = refusals();
        const MaybeColumn value(rows_, "value", Type::Float64);
        for (const StandardisationRule& rule : standardisation_rules()) {
            // A source that withdraws a result does what it should.
            if (!rule.refuses || rule.id == "value.missing" || rule.id == "comparator.reversed" ||
                rule.id == "status.withdrawn") {
                continue;
            }
            const bool is_limit = rule.id == "value.impossible";
            const bool is_missing_unit = rule.id == "unit.missing";
            check(is_limit          ? "plausibility"
                  : is_missing_unit ? "completeness"
                                    : "validity",
                  is_missing_unit ? "unit.present" : rule.id, [&](index row, Tally& tally) {
                      if (value.holds(row)) tally.look(row, refused[static_cast<std::size_t>(row)] == rule.id);
                  });
        }
        Tally codes(sources_.size(), of_row_);
        Tally second_tier(sources_.size(), of_row_);
        const MaybeColumn given(rows_, "loinc", Type::Utf8);
        const Array& implausible = standardised_.rows.column("implausible");
        const Array& found = standardised_.rows.column("loinc");
        index kept = 0;
        for (index row = 0; row < count_; ++row) {
            if (!refused[static_cast<std::size_t>(row)].empty()) continue;
            if (implausible.is_valid(kept)) second_tier.look(row, implausible.flag(kept));
            if (given.holds(row)) codes.look(row, found.is_null(kept));
            ++kept;
        }
        add("plausibility", "value.implausible", second_tier);
        add("validity", "loinc.valid", codes);
    }

    void uniqueness() {
        const MaybeColumn id(rows_, "result_id", Type::Utf8);
        if (id) {
            std::unordered_set<std::string> seen;
            check("uniqueness", "result_id.unique", [&](index row, Tally& tally) {
                if (!id.holds(row)) return;
                const std::string key =
                    std::to_string(of_row_[static_cast<std::size_t>(row)]) + '\x1f' + std::string(id.text(row));
                tally.look(row, !seen.insert(key).second);
            });
        }
        const MaybeColumn patient(rows_, "patient_id", Type::Utf8);
        const TestOfRow code(rows_);
        const MaybeColumn specimen(rows_, "specimen_id", Type::Utf8);
        const MaybeColumn observed(rows_, "observed_at", Type::Timestamp);
        if (!patient || !code || !observed) return;
        std::unordered_set<std::string> seen;
        check("uniqueness", "patient_test_time.unique", [&](index row, Tally& tally) {
            if (!patient.holds(row) || !code.holds(row) || !observed.holds(row)) return;
            std::string key(patient.text(row));
            for (const std::string_view part : {code.text(row), specimen.text(row)}) key.append("\x1f").append(part);
            key.append("\x1f").append(std::to_string(observed.time(row).micros()));
            tally.look(row, !seen.insert(std::move(key)).second);
        });
    }

    void consistency() {
        const MaybeColumn value(rows_, "value", Type::Float64);
        const MaybeColumn low(rows_, "reference_low", Type::Float64);
        const MaybeColumn high(rows_, "reference_high", Type::Float64);
        const MaybeColumn flag(rows_, "flag", Type::Utf8);
        const MaybeColumn comparator(rows_, "comparator", Type::Utf8);
        check("consistency", "reference.ordered", [&](index row, Tally& tally) {
            if (low.holds(row) && high.holds(row)) tally.look(row, low.number(row) > high.number(row));
        });
        check("consistency", "flag.reference", [&](index row, Tally& tally) {
            if (!value.holds(row) || !flag.holds(row) || comparator.holds(row)) return;
            const std::string_view said = flag.text(row);
            const double is = value.number(row);
            const bool below = low.holds(row) && is < low.number(row);
            const bool above = high.holds(row) && is > high.number(row);
            if ((said == "H" || said == "HH") && high.holds(row)) return tally.look(row, !above);
            if ((said == "L" || said == "LL") && low.holds(row)) return tally.look(row, !below);
            if (said == "N" && (low.holds(row) || high.holds(row))) tally.look(row, below || above);
        });
        usual_unit(value);
    }

    void usual_unit(const MaybeColumn& value) {
        const TestOfRow code(rows_);
        const MaybeColumn unit(rows_, "unit", Type::Utf8);
        std::unordered_map<std::string_view, std::map<std::string_view, index>> counts;
        for (index row = 0; row < count_; ++row) {
            if (value.holds(row) && code.holds(row) && unit.holds(row)) ++counts[code.text(row)][unit.text(row)];
        }
        std::unordered_map<std::string_view, std::string_view> usual;
        for (const auto& [test, units] : counts) {
            usual[test] = std::max_element(units.begin(), units.end(), [](const auto& a, const auto& b) {
                              return a.second < b.second;
                          })->first;
        }
        check("consistency", "unit.usual", [&](index row, Tally& tally) {
            if (value.holds(row) && code.holds(row) && unit.holds(row)) {
                tally.look(row, unit.text(row) != usual.at(code.text(row)));
            }
        });
    }

    void timeliness() {
        const MaybeColumn observed(rows_, "observed_at", Type::Timestamp);
        const MaybeColumn reported(rows_, "reported_at", Type::Timestamp);
        if (observed && reported) {
            check("timeliness", "reported_after_observed", [&](index row, Tally& tally) {
                if (observed.holds(row) && reported.holds(row))
                    tally.look(row, reported.time(row) < observed.time(row));
            });
        }
        if (observed && options_.now) {
            check("timeliness", "not_in_the_future", [&](index row, Tally& tally) {
                if (!observed.holds(row)) return;
                tally.look(row, observed.time(row) > *options_.now ||
                                    (reported.holds(row) && reported.time(row) > *options_.now));
            });
        }
        if (observed && reported && options_.latest_report) {
            const std::int64_t most = options_.latest_report->count();
            check("timeliness", "reported_in_time", [&](index row, Tally& tally) {
                if (!observed.holds(row) || !reported.holds(row)) return;
                tally.look(row, reported.time(row).micros() - observed.time(row).micros() > most);
            });
        }
    }

    const Table& rows_;
    const StandardisedResults& standardised_;
    const ResultQualityOptions& options_;
    index count_;
    std::vector<std::string> sources_;
    SourceOfRow of_row_;
    std::vector<QualityCheck> checks_;
};

}  // namespace

std::vector<QualityCheck> result_quality(const Table& rows, const StandardisedResults& standardised,
                                         const ResultQualityOptions& options) {
    return Examination(rows, standardised, options).all();
}

std::vector<SourceResults> results_by_source(const Table& rows, const std::string& source_column) {
    if (rows.num_rows() == 0) return {};
    const Sources sources = find_sources(rows, source_column);
    const MaybeColumn observed(rows, "observed_at", Type::Timestamp);
    std::vector<SourceResults> found;
    for (const std::string& name : sources.names) found.push_back({name, 0, {}});
    for (index row = 0; row < rows.num_rows(); ++row) {
        SourceResults& source = found[sources.of_row[static_cast<std::size_t>(row)]];
        ++source.results;
        if (!observed.holds(row)) continue;
        const Timestamp at = observed.time(row);
        if (!source.newest || at > *source.newest) source.newest = at;
    }
    return found;
}

}  // namespace assay::data
