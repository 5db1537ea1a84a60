#pragma once

#include <cstdint>
#include <string>

#include "assay/data/lab_results.hpp"

namespace assay::data {

/// One row per laboratory result as a laboratory system tells it: what every reader of CSV, HL7 v2, FHIR, OMOP or a
/// database ends in, and what standardisation starts from. Columns of LabResults keep their names, so that whatever
/// takes a LabResults takes this too.
///
/// A result has a value, a text or a reason why it has neither. "<0.01" is the value 0.01 with the comparator "<".
/// Times are UTC; a source without a zone is read in the zone the caller names.
struct ResultId : Column<"result_id", std::string, Required, Description<"names the result in its source">> {};
struct OrderId : Column<"order_id", std::string, Description<"the order or report it belongs to">> {};
struct SpecimenId : Column<"specimen_id", std::string> {};
struct Specimen : Column<"specimen", std::string, Description<"what was examined, as reported">> {};
struct ReportedAt : Column<"reported_at", Timestamp, Description<"when the result was released">> {};
struct Comparator : Column<"comparator", std::string, Description<"<, <=, >= or >; null: the value itself">> {};
struct ResultText : Column<"text", std::string, Description<"a result that is no number, as reported">> {};
struct ReferenceLow : Column<"reference_low", double, Description<"the laboratory's own, in the unit reported">> {};
struct ReferenceHigh : Column<"reference_high", double, Description<"the laboratory's own, in the unit reported">> {};
struct AbnormalFlag : Column<"flag", std::string, Description<"HL7 table 0078: H, L, HH, LL, A, N, …">> {};
struct ResultStatus
    : Column<
          "status", std::string,
          Description<"registered, preliminary, final, amended, corrected, cancelled, entered-in-error or unknown">> {};
struct AbsentReason : Column<"absent_reason", std::string, Description<"why there is no value, as coded">> {};
struct DeviceId : Column<"device_id", std::string, Description<"the analyser">> {};
struct Location : Column<"location", std::string, Description<"ward or clinic">> {};
struct SourceFile : Column<"source_file", std::string> {};
struct SourceLine : Column<"source_line", std::int64_t, Description<"1-based; of a message its first line">> {};

using LaboratoryResults =
    Schema<ResultId, PatientId, OrderId, SpecimenId, Specimen, ObservedAt, ReportedAt, LocalCode, TestName, LoincCode,
           Comparator, ResultValue, ResultText, ResultUnit, ReferenceLow, ReferenceHigh, AbnormalFlag, ResultStatus,
           AbsentReason, DeviceId, Location, SourceFile, SourceLine>;

}  // namespace assay::data
