#pragma once

#include <string>
#include <string_view>

namespace assay::tracking::detail {

/// The bytes in gzip's format. Source: RFC 1952. @throws ValueError beyond 4 GiB, or without memory
std::string gzip(std::string_view bytes);

}  // namespace assay::tracking::detail
