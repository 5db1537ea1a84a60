#pragma once

#include <string>

#include "assay/data/vital_signs.hpp"

namespace assay::data {

/// One row per laboratory result in a patient's folder; data/laboratory/results.hpp has what a laboratory system tells.
struct LocalCode : Column<"local_code", std::string, Description<"the laboratory's own test code">> {};
struct TestName : Column<"test_name", std::string> {};
struct LoincCode : Column<"loinc", std::string> {};
struct ResultValue : Column<"value", double> {};
struct ResultUnit : Column<"unit", std::string, Description<"as reported">> {};

using LabResults = Schema<PatientId, ObservedAt, LocalCode, TestName, LoincCode, ResultValue, ResultUnit>;

}  // namespace assay::data
