#pragma once

#include <memory>
#include <string>

#include "data/csv/byte_source.hpp"

namespace assay::data::csv {

/// Decompresses gzip of any number of members. @throws IoError on reading where the data are damaged or cut short.
std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> packed, std::string name);
/// Decompresses zstd of any number of frames, likewise.
std::unique_ptr<ByteSource> unzstd(std::unique_ptr<ByteSource> packed, std::string name);

}  // namespace assay::data::csv
