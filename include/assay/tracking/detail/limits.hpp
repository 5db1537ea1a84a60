#pragma once

#include <cstdint>
#include <filesystem>

#include "assay/base/index.hpp"

namespace assay::tracking::detail {

/// Bytes still free under a journal's limit. Where they are fewer than `wanted`, delivered segments are removed first,
/// those of runs that wait for nothing before parts of runs that go on.
std::int64_t room_within(const std::filesystem::path& journal, std::int64_t max_bytes, std::int64_t wanted);

/// @throws IoError that says what to do
[[noreturn]] void refuse_for_limit(const std::filesystem::path& journal, std::int64_t max_bytes);

}  // namespace assay::tracking::detail
