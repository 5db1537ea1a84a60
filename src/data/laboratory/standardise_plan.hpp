#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "assay/data/laboratory/standardise.hpp"
#include "assay/data/units/unit_converter.hpp"

namespace assay::data::detail {

/// The rules, in the order of standardisation_rules(); `kept` is none of them.
enum class Outcome : std::uint8_t {
    status_withdrawn,
    value_missing,
    value_not_finite,
    unit_missing,
    unit_unknown,
    unit_ambiguous,
    unit_other_dimension,
    comparator_reversed,
    value_impossible,
    value_implausible,
    value_text,
    value_absent,
    loinc_invalid,
    loinc_unmapped,
    kept,
};
constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::kept);

/// What tells one kind of result from another: a local code, the LOINC code its source gave, and the unit as reported.
struct TestKey {
    std::string_view local_code;
    std::string_view loinc;
    std::string_view unit;

    bool operator==(const TestKey&) const = default;
};

/// What is done with the results of one key.
struct TestPlan {
    std::string loinc;  ///< valid, or empty
    bool from_map = false;
    bool invalid_code = false;        ///< the source's code is no LOINC code
    Outcome outcome = Outcome::kept;  ///< kept, or the rule that refuses every number of this key
    std::string unit_read;            ///< UCUM, empty where nothing could be read
    std::string_view read_by;
    std::string unit_standard;
    std::optional<UnitConverter> convert;
    bool decreasing = false;  ///< a larger value becomes a smaller one, so that a comparator would turn
    std::optional<PlausibilityLimits> limits;
};

/// Works out plans; keeps the options by hash. Keys are views and outlive it.
class TestPlanner {
  public:
    /// @throws ValueError a unit of the options is not UCUM, or two entries contradict each other
    explicit TestPlanner(const StandardiseOptions& options);

    TestPlan plan(const TestKey& key) const;

  private:
    void read(const TestKey& key, TestPlan& plan) const;
    const std::string* local_unit(const TestKey& key) const;

    std::unordered_map<std::string_view, std::string_view> loinc_of_;
    std::unordered_map<std::string, std::string> units_;         ///< by code, a tab and the unit
    std::unordered_map<std::string, std::string> folded_units_;  ///< in lower case; empty where that has two meanings
    std::unordered_map<std::string_view, const PlausibilityLimits*> limits_;
};

}  // namespace assay::data::detail
