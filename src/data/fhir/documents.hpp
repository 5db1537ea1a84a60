#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "assay/base/index.hpp"

namespace assay::data::fhir {

/// One resource of a file as it stands there, or bytes that are none.
struct RawResource {
    std::string_view raw;
    index byte_offset = 0;
    std::int64_t line = 1;
    std::string_view fault;  ///< a rule, where the bytes cannot be cut into resources
    int bundle = -1;         ///< which bundle of the file it stands in
};

/// A bundle's own members that matter.
struct RawBundle {
    std::string_view type;       ///< without quotes
    std::string_view timestamp;  ///< without quotes
    bool is_parameters = false;  ///< whose elements need not hold a resource
};

struct RawDocuments {
    std::vector<RawResource> resources;
    std::vector<RawBundle> bundles;
};

/// Cuts a file into resources without parsing them: one document, an array of documents or one document a line (or one
/// after the other), bundles and Parameters into their entries, to 16 levels of bundles in bundles. Where the first
/// line is a whole document, or a line is broken, a document that does not end in its line is cut there.
RawDocuments cut_documents(std::string_view text);

}  // namespace assay::data::fhir
