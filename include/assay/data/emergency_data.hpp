#pragma once

#include <cstdint>
#include <string>

#include "assay/data/vital_signs.hpp"

namespace assay::data {

/// One row per arrival: who came, when, why, how urgent.
struct ArrivedAt : Column<"arrived_at", Timestamp> {};
struct DepartedAt : Column<"departed_at", Timestamp> {};
struct Age : Column<"age", std::int64_t, Unit<"a">, Valid<0, 120>, Outlier<0, 130>> {};
struct Sex : Column<"sex", std::string, Description<"male, female, unknown">> {};
struct ChiefComplaint : Column<"chief_complaint", std::string> {};
struct TriageLevel : Column<"triage_level", std::int64_t, Valid<1, 5>, Description<"1 most urgent to 5">> {};
struct Consciousness : Column<"consciousness", std::string, Description<"A, C, V, P or U (ACVPU)">> {};
struct OnOxygen : Column<"on_oxygen", bool> {};

using EmergencyData =
    Schema<PatientId, ArrivedAt, DepartedAt, Age, Sex, ChiefComplaint, TriageLevel, Consciousness, OnOxygen>;

}  // namespace assay::data
