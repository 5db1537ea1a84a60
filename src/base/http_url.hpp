#pragma once

#include <string>

namespace assay::http {

/// The parts of a URL that decide where a request goes and what may be logged of it.
struct Url {
    std::string origin;    ///< "https://host:port" in lower case, the port always given
    std::string loggable;  ///< "host:port/path", the port only where the URL has one
    bool has_user = false;
};

/// @throws ValueError if the text is not an http or https URL; the text itself is not repeated.
Url parse_url(const std::string& text);

/// The absolute URL that a Location header means. @throws ValueError as above.
std::string resolve_url(const std::string& base, const std::string& location);

}  // namespace assay::http
