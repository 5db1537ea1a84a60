#include "assay/base/error.hpp"
#include "assay/data/dicom_metadata.hpp"
#include "assay/data/emergency_data.hpp"
#include "assay/data/lab_results.hpp"
#include "assay/data/laboratory/cultures.hpp"
#include "assay/data/laboratory/device_events.hpp"
#include "assay/data/laboratory/quality_controls.hpp"
#include "assay/data/laboratory/results.hpp"
#include "assay/data/medical_history.hpp"
#include "assay/data/vital_signs.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

data::TableSchema clinical_schema(const std::string& name) {
    if (name == "vital_signs") return data::VitalSigns::table_schema();
    if (name == "emergency_data") return data::EmergencyData::table_schema();
    if (name == "medical_history") return data::MedicalHistory::table_schema();
    if (name == "dicom_metadata") return data::DicomMetadata::table_schema();
    if (name == "lab_results") return data::LabResults::table_schema();
    if (name == "laboratory_results") return data::LaboratoryResults::table_schema();
    if (name == "quality_controls") return data::QualityControls::table_schema();
    if (name == "device_events") return data::DeviceEvents::table_schema();
    if (name == "cultures") return data::Cultures::table_schema();
    throw ValueError(
        "clinical_schema: expected vital_signs, emergency_data, medical_history, dicom_metadata, lab_results, "
        "laboratory_results, quality_controls, device_events or cultures, got '" +
        name + "'");
}

}  // namespace

void bind_clinical_schemas(py::module_& module) {
    module.def(
        "clinical_schema", &clinical_schema, py::arg("name"),
        "The declared columns of vital_signs, emergency_data, medical_history, dicom_metadata, lab_results (of a "
        "patient's folder), laboratory_results (of a laboratory system), quality_controls, device_events "
        "or cultures.");
}

}  // namespace assay::bindings
