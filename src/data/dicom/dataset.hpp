#pragma once

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstddef>
#include <memory>
#include <span>

namespace assay::data::dicom {

/// Registers DCMTK's codecs and, where its dictionary is not installed, the tags of images. Once in a process.
void prepare_dcmtk();

/// Parses a whole file; nothing is decoded yet. The bytes must outlive it: large values are read when asked for.
/// @throws IoError, ValueError
std::unique_ptr<DcmFileFormat> parse(std::span<const std::byte> bytes);

/// Checks the nesting of sequences, which DCMTK follows without a limit. @throws IoError past 64 levels
void check_nesting(std::span<const std::byte> bytes);

}  // namespace assay::data::dicom
