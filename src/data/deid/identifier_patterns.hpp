#pragma once

#include "assay/data/deid/identifier_scan.hpp"

namespace assay::data::detail {

struct IdentifierPattern {
    IdentifierKind kind;
    const char* expression;  ///< RE2; the first group, where there is one, is what is replaced
};

/// In order of precedence: of two findings that begin at one place the longer wins, then the earlier pattern.
std::span<const IdentifierPattern> identifier_patterns();

}  // namespace assay::data::detail
