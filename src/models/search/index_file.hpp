#pragma once

#include "assay/base/mapped_file.hpp"
#include "models/search/segment.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

// An index as a file, little-endian: a page with the header, the segments as they lie in memory (all full but the last,
// which has room for its rows rounded up to a block), and a CRC-32C for each segment.
namespace assay::models::search {

/// Writes the live rows, atomically. @throws IoError.
void write_index(const std::filesystem::path& path, index dim, std::int64_t next_id,
                 const std::vector<Segment>& segments);

struct OpenedIndex {
    MappedFile file;
    index dim;
    std::int64_t next_id;           ///< ids that are given without being named begin here
    std::vector<Segment> segments;  ///< in `file`
};

/// @throws IoError naming what does not fit.
OpenedIndex open_index(const std::filesystem::path& path, bool verify);

}  // namespace assay::models::search
