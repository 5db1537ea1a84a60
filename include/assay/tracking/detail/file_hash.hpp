#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "assay/base/error.hpp"

namespace assay::tracking::detail {

/// The content is not what it was when it was logged.
class DamagedContent : public StateError {
  public:
    using StateError::StateError;
};

/// SHA-256 of the first `size` bytes of a file, in hexadecimal digits; of all where it is -1.
/// @param cancelled  ends the reading where it becomes true
/// @throws IoError if the file cannot be read or is shorter, StateError where it was cancelled
std::string hash_file(const std::filesystem::path& file, std::int64_t size, const std::atomic<bool>& cancelled);

}  // namespace assay::tracking::detail
