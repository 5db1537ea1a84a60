#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/laboratory/loinc_term.hpp"
#include "assay/data/local_tests.hpp"
#include "assay/data/schema.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// What a laboratory says one of its spellings means, where Assay cannot or must not guess ("%" of MCHC is g/dL).
struct LocalUnit {
    std::string code;  ///< the local test code; "" for all tests
    std::string unit;  ///< as reported; blanks do not matter, letter case only where two entries differ in nothing else
    std::string ucum;

    bool operator==(const LocalUnit&) const = default;
};

/// A laboratory's own limits of one LOINC code, in its unit; they replace limits_of().
struct LocalLimits {
    std::string loinc;
    PlausibilityLimits limits;
};

struct StandardiseOptions {
    std::vector<LocalTest> tests;     ///< local code to LOINC, used where a row has no valid code of its own
    std::vector<LocalUnit> units;     ///< win over every other reading
    std::vector<LocalLimits> limits;  ///< win over limits_of()
};

struct ValueStandard : Column<"value_standard", double, Description<"the value in unit_standard">> {};
struct UnitStandard : Column<"unit_standard", std::string, Description<"UCUM">> {};
struct UnitReadBy : Column<"unit_read_by", std::string, Description<"ucum, spelling, analyte, site or implied">> {};
struct Implausible : Column<"implausible", bool, Description<"outside the plausible limits of its LOINC code">> {};

/// One rule of standardisation.
struct StandardisationRule {
    std::string_view id;
    bool refuses = false;  ///< otherwise the row is kept and counted
    std::string_view column;
    std::string_view likely_cause;
};

/// All rules, refusing ones first; of those that a row breaks the first counts.
ASSAY_EXPORT const std::vector<StandardisationRule>& standardisation_rules();

/// Results that can be compared, and those that cannot, with the reason. rows + refused == rows_read.
struct StandardisedResults {
    /// The columns given; loinc filled (null where the source's is no LOINC code and none is mapped); and
    /// value_standard (Float64; null for text and absent values), unit_standard (UCUM), unit_read_by ("ucum",
    /// "spelling", "analyte", "site", or "implied" where the quantity needs none) and implausible (Bool: outside the
    /// second tier; null where no limits are known). A comparator holds for value_standard as for value.
    Table rows;
    /// One row per refused result: result_id, row (position in the input), rule, likely_cause, column, local_code,
    /// test_name, loinc, value, unit, source_file, source_line. Holds patients' values.
    Table refused;
    /// One row per distinct local_code, loinc and unit, without patients' data: test_name (of its first row), loinc and
    /// loinc_by ("source", "map"), unit, unit_read (UCUM), unit_read_by, unit_standard, rule, rows, refused.
    Table tests;
    std::map<std::string, index, std::less<>> counts;  ///< rows by rule id; refusing rules and notes
    index rows_read = 0;
};

/// Brings laboratory results to one code and one unit for each quantity.
///
/// Values come in the unit of their LOINC code where Assay knows it, otherwise in the unit read. Nothing is guessed:
/// a unit that has several meanings of different kind, and no known code to decide, is refused (unit.ambiguous). A test
/// without a LOINC code is kept and counted (loinc.unmapped): its values compare among themselves.
/// @param rows  data::LaboratoryResults or data::LabResults; local_code, loinc, value and unit are needed
/// @throws SchemaError a column is missing or of another type. @throws ValueError a unit of the options is not UCUM,
/// or two entries of the options contradict each other.
/// Cost: units and codes are worked out once for each distinct local code, LOINC code and unit; per row a hash look-up,
/// shared among num_threads(). The result does not depend on their number.
ASSAY_EXPORT StandardisedResults standardise_results(const Table& rows, const StandardiseOptions& options = {});

}  // namespace assay::data
