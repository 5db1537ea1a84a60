#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

// JSON as FHIR means it: a number is its decimal text, and an object has each name once.
namespace assay::data::fhir {

using nlohmann::json;

/// A parsed document, or the rule that it breaks: json.syntax (also bytes that are no UTF-8), json.duplicate_name or
/// json.too_deep (more than 100 levels).
struct ParsedJson {
    json value;
    std::string_view fault;
};

/// Numbers become texts behind the mark kNumberMark, as they were written: 5.40 stays 5.40.
ParsedJson parse_json(std::string_view text);

inline constexpr char kNumberMark = '\x01';

/// The member, or null where `object` is no object or lacks it.
const json& member(const json& object, const char* name) noexcept;
/// Element `i`, or null; a value that is no array is its own only element, as in versions of FHIR that allowed one.
const json& element(const json& array, std::size_t i) noexcept;
std::size_t count(const json& array) noexcept;

/// A text, trimmed; empty where the value is none.
std::string_view text_of(const json& value) noexcept;
/// A number as it was written, or empty.
std::string_view number_text(const json& value) noexcept;

}  // namespace assay::data::fhir
