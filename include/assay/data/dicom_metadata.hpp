#pragma once

#include <string>

#include "assay/data/vital_signs.hpp"

namespace assay::data {

/// One row per image: what was taken, of what, when, and the file that holds it.
struct StudyUid : Column<"study_instance_uid", std::string> {};
struct StudyAt : Column<"study_at", Timestamp> {};
struct Modality : Column<"modality", std::string, Description<"DICOM (0008,0060): CR, CT, MR, …">> {};
struct BodyPart : Column<"body_part", std::string> {};
struct ViewPosition : Column<"view_position", std::string> {};
struct StudyDescription : Column<"study_description", std::string> {};
struct ImageFile : Column<"image_file", std::string, Description<"name relative to the patient's folder">> {};

using DicomMetadata =
    Schema<PatientId, StudyUid, StudyAt, Modality, BodyPart, ViewPosition, StudyDescription, ImageFile>;

}  // namespace assay::data
