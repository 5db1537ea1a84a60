#pragma once

#include "assay/base/index.hpp"

#include <curl/curl.h>

#include <string>

namespace assay::http {

/// What went wrong in libcurl, and what to do.
/// @param text  curl's own words, used for TLS alone: elsewhere they may hold more than a log should
std::string failure_text(CURLcode code, const char* text);

/// The same for an answer that was cut off by our own limit.
std::string too_large_text(index limit);

/// Whether the failure is one that may pass: no connection, a timeout, a cut answer.
bool may_pass(CURLcode code);

/// What a user can do about a status that is not success.
const char* status_remedy(int status);

}  // namespace assay::http
