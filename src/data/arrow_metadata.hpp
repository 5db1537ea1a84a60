#pragma once

#include <string>

#include "assay/data/field.hpp"

namespace assay::data::detail {

/// What a Field knows beyond Arrow, in the interface's encoding of key-value metadata; empty where there is nothing.
std::string encode_metadata(const Field& field);

/// Sets unit, loinc, valid, outlier and description from metadata; other keys are left alone, as are limits that do not
/// parse. @throws SchemaError for negative lengths.
void decode_metadata(const char* metadata, Field& field);

}  // namespace assay::data::detail
