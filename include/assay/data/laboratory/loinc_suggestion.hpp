#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/field.hpp"

namespace assay::data {

/// A LOINC code that a test may be mapped to.
struct LoincCandidate {
    std::string loinc;
    std::string name;                 ///< component, or LOINC's long common name without its brackets
    std::string property;             ///< LOINC's; "" where unknown
    std::string system;               ///< LOINC's; "" where unknown
    std::string unit;                 ///< UCUM; "" where only the property is known
    std::optional<Range> expected{};  ///< where values of adults usually lie, in `unit`

    bool operator==(const LoincCandidate&) const = default;
};

/// The terms that Assay ships.
ASSAY_EXPORT const std::vector<LoincCandidate>& shipped_candidates();

/// A code by its long common name: "Glucose [Mass/volume] in Serum or Plasma" is glucose, MCnc, SerPl.
ASSAY_EXPORT LoincCandidate candidate_of(std::string loinc, std::string_view long_common_name);

/// Candidates of a table of LOINC: LOINC's own Loinc.csv (LOINC_NUM, LONG_COMMON_NAME) or MIT-LCP's published map
/// (omop_concept_code, omop_concept_name). Rows without a valid code are left out.
/// @throws IoError, SchemaError where neither pair of columns is there
ASSAY_EXPORT std::vector<LoincCandidate> read_loinc_candidates(const std::filesystem::path& path);

/// What a laboratory knows of a test without a LOINC code.
struct UnmappedTest {
    std::string name;
    std::string unit{};            ///< as reported
    std::string specimen{};        ///< in words: "Blood", "urine", "CSF"
    std::vector<double> values{};  ///< some of its results, in that unit
};

/// One candidate with its score and the parts, each from 0 (against) to 1 (for); 0.5 where nothing is known.
struct LoincSuggestion {
    std::string loinc;
    std::string name;
    double score = 0;    ///< 0.6 name + 0.2 unit + 0.12 specimen + 0.08 values; halved for each that is against
    double by_name = 0;  ///< weighted overlap of words, abbreviations written out
    double by_unit = 0;  ///< dimension against that of the property
    double by_specimen = 0;
    double by_values = 0;  ///< share of values and their median against the expected range
};

/// Ranks the codes that a laboratory's own test can be. Suggestions are for people to confirm; nothing applies them.
class ASSAY_EXPORT LoincSuggester {
  public:
    explicit LoincSuggester(const std::vector<LoincCandidate>& candidates = shipped_candidates());
    ~LoincSuggester();
    LoincSuggester(LoincSuggester&&) noexcept;
    LoincSuggester& operator=(LoincSuggester&&) noexcept;

    /// The best `most`, best first, ties by code; only those that share a word with the name.
    /// Cost: about a microsecond for each candidate that does.
    std::vector<LoincSuggestion> suggest(const UnmappedTest& test, index most = 3) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace assay::data
