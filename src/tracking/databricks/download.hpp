#pragma once

#include <filesystem>
#include <functional>

#include "assay/base/http.hpp"

namespace assay::tracking::databricks {

/// Sends a request and writes the body of its answer to a file that appears under its name when it is whole.
/// @param send  sends the request, and throws for a status that is not 2xx
/// @throws HttpError if fewer bytes came than announced, IoError where the file cannot be written
void download_to(const std::filesystem::path& destination, http::Request request,
                 const std::function<http::Response(const http::Request&)>& send);

}  // namespace assay::tracking::databricks
