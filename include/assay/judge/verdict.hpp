#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::judge {

enum class Criterion : std::uint8_t { Accuracy, Completeness, Safety, Actionability, Relevance };
inline constexpr std::array kCriteria{Criterion::Accuracy, Criterion::Completeness, Criterion::Safety,
                                      Criterion::Actionability, Criterion::Relevance};

/// "accuracy", "completeness", …
ASSAY_EXPORT std::string_view name_of(Criterion criterion) noexcept;

/// The criterion of this name, empty where there is none.
ASSAY_EXPORT std::optional<Criterion> criterion_named(std::string_view name) noexcept;

enum class Severity : std::uint8_t { Info, Minor, Major, Critical };

/// "info", "minor", "major", "critical".
ASSAY_EXPORT std::string_view name_of(Severity severity) noexcept;

/// The severity of this name, empty where there is none.
ASSAY_EXPORT std::optional<Severity> severity_named(std::string_view name) noexcept;

/// What was found in the note, and where.
struct Finding {
    std::string rule;  ///< "ACC-NUMBER", "SAF-ALLERGY", …
    Criterion criterion = Criterion::Accuracy;
    Severity severity = Severity::Minor;
    std::string message;         ///< what is wrong and what would be right
    std::optional<index> begin;  ///< byte span in the judged text; none where something is missing
    std::optional<index> end;
    std::string evidence;    ///< the text of the span
    std::string source;      ///< gold column that it was checked against
    std::string correction;  ///< text that would repair the span, "" where a person must decide
};

/// Scores of one note, 1 (worst) to 5, with the evidence for each.
struct Verdict {
    std::string patient_id;
    std::string judge;
    std::array<double, 5> scores{};  ///< indexed by Criterion
    double overall = 0;
    double confidence = 0;  ///< [0, 1]: share of the note's checkable statements that could be checked
    bool passed = false;    ///< overall ≥ 3.0
    std::vector<Finding> findings;

    double score(Criterion criterion) const { return scores[static_cast<std::size_t>(criterion)]; }
    /// overall_score, confidence and judge_<criterion>, as MLflow records them.
    ASSAY_EXPORT std::map<std::string, double> metrics() const;
};

ASSAY_EXPORT std::string to_json(const Verdict& verdict);
ASSAY_EXPORT std::string to_markdown(const Verdict& verdict);
/// A fragment of HTML for a notebook or a report; texts of the note are escaped.
ASSAY_EXPORT std::string to_html(const Verdict& verdict);

}  // namespace assay::judge
