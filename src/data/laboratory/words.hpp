#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "assay/data/laboratory/result_time.hpp"

// Words that several sources write differently.
namespace assay::data::laboratory {

/// The rule that a time of observation failed: none was given, its clocks left it out, or it is no time.
std::string_view time_fault(std::string_view written, const TimeReading& times) noexcept;

/// A status in FHIR's words: HL7 table 0085's letters, FHIR's own words in any case, and what laboratories write for
/// them ("verified", "Canceled", "entered in error"); others as they are.
/// Source: HL7 v2-to-FHIR, ConceptMap of table 0085 to observation-status; D and W are withdrawn results.
std::string_view status_word(std::string_view written) noexcept;

/// The same, but empty where the text is none of these words or letters: every reader keeps these only, for free text
/// may name a person.
std::string_view known_status(std::string_view written) noexcept;

/// Whether that word of FHIR's says that an earlier result was wrong: amended, corrected, entered-in-error.
bool is_correction(std::string_view status) noexcept;

/// A flag in the letters of HL7 table 0078: "high", "LOW", "abnormal", "Positive" become H, L, A, POS; others as they
/// are.
std::string_view flag_word(std::string_view written) noexcept;

/// The same, but empty where it is no code of HL7 table 0078 in any case, with or without signs behind it ("H*", "+",
/// "<"): every reader keeps codes only, for a text may name a person.
std::string_view known_flag(std::string_view written) noexcept;

/// The number of a limit, or nothing: "<5" is the limit 5.
std::optional<double> reference_number(std::string_view written, char decimal_point) noexcept;

/// "3.5-5.1", "3.5 - 5.1", "< 5", ">=60", "0.5 to 1.2": the ends that are given, or nothing where it is no range.
std::optional<std::pair<std::optional<double>, std::optional<double>>> reference_ends(std::string_view written,
                                                                                      char decimal_point) noexcept;

}  // namespace assay::data::laboratory
