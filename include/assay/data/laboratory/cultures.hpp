#pragma once

#include <string>

#include "assay/data/laboratory/results.hpp"

namespace assay::data {

/// One row per microbiological test and organism found; a test that found none is one row without an organism.
struct CulturePatient : Column<"patient_id", std::string, Description<"null where no patient was swabbed">> {};
struct WardName : Column<"ward", std::string, Description<"where the patient lay when the specimen was taken">> {};
struct CollectedAt : Column<"collected_at", Timestamp, Required, Description<"when the specimen was taken">> {};
struct OrganismName : Column<"organism", std::string, Description<"as the laboratory names it; null: none was found">> {
};

using Cultures = Schema<SpecimenId, CulturePatient, WardName, CollectedAt, ReportedAt, OrganismName>;

}  // namespace assay::data
