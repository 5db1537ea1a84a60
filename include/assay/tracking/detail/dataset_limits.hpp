#pragma once

#include <string>
#include <string_view>

#include "assay/base/index.hpp"

namespace assay::tracking::detail {

/// What a journal keeps of a dataset's profile. MLflow takes 16 MB, a record holds 4 MiB in all.
inline constexpr index max_profile_bytes = index{1} << 20;

/// The text, or where it is longer than `limit` bytes a JSON object with a note of that: of an object, the members that
/// still fit follow, in their order.
/// @param what  "profile", "schema"
std::string cut_json(const std::string& text, std::string_view what, index limit);

}  // namespace assay::tracking::detail
