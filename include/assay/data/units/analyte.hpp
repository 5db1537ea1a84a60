#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"

namespace assay::data {

/// What a conversion needs to know of a laboratory quantity.
struct Analyte {
    std::string loinc;
    std::string name;
    std::optional<double> molar_mass{};  ///< g/mol; of nitrogen for urea nitrogen, of phosphorus for phosphate
    std::optional<int> charge{};         ///< of the ion

    bool operator==(const Analyte&) const = default;
};

/// The analytes whose molar mass or charge Assay knows, by LOINC code.
///
/// Source: standard atomic weights of IUPAC (2021) and the molecular formulas; urea is reported as its nitrogen
/// (2 · 14.007), phosphate as phosphorus, as clinical laboratories do. An ion whose charge depends on pH (phosphate)
/// has none.
ASSAY_EXPORT const std::vector<Analyte>& analytes();

/// Null where the code is not among them.
ASSAY_EXPORT const Analyte* find_analyte(std::string_view loinc) noexcept;

/// Whether the code is haemoglobin A1c, whose NGSP percent and IFCC mmol/mol are joined by a master equation.
ASSAY_EXPORT bool is_hba1c(std::string_view loinc) noexcept;

}  // namespace assay::data
