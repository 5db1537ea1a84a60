#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// A laboratory's own test and what it is in LOINC.
struct LocalTest {
    std::string code;
    std::string name;
    std::string loinc;

    bool operator==(const LocalTest&) const = default;
};

/// The most frequent blood tests of MIMIC-IV, by item id. Other specimens are left out: a code of serum does not hold
/// for urine. Source: MIT-LCP mimic-code, concept map d_labitems to LOINC (MIT licence).
ASSAY_EXPORT const std::vector<LocalTest>& mimic_iv_tests();

/// Laboratory results with the LOINC code of their test, and its name, where they have none.
/// @param labs  data::LabResults; loinc and test_name are added where they are missing
/// @throws SchemaError if local_code is missing or a column has another type.   Cost: O(n) hash look-ups.
ASSAY_EXPORT Table with_loinc(const Table& labs, const std::vector<LocalTest>& tests = mimic_iv_tests());

/// A published map as read, and the rows that were left out with the reason.
struct LocalTestFile {
    std::vector<LocalTest> tests;
    std::vector<std::string> remarks;
};

/// Reads MIT-LCP's d_labitems_to_loinc.csv: columns "itemid (omop_source_code)", label, fluid and omop_concept_code.
///
/// Rows without a code are left out; rows whose code is no LOINC code, too, and are named in `remarks`: a spreadsheet
/// turned 1746-7 into the date serial -56064.
/// @param fluid  only rows of this fluid; "" for all
/// @throws IoError if the file cannot be read. @throws SchemaError if a column is missing. @throws ValueError with the
/// line where a row has another form.
ASSAY_EXPORT LocalTestFile read_local_tests(const std::filesystem::path& path, const std::string& fluid = "Blood");

}  // namespace assay::data
