#pragma once

#include <string>

namespace assay::tracking::rest {

/// Any JSON value, as text: "4.5", "\"yes\"", "{\"a\": [1, 2]}". Empty: no value.
struct JsonText {
    std::string text;

    bool empty() const noexcept { return text.empty(); }
    bool operator==(const JsonText&) const = default;
};

}  // namespace assay::tracking::rest
