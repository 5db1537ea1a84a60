#include "assay/tracking/span_value.hpp"

#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/json_writer.hpp"

namespace assay::tracking {

SpanValue::SpanValue(double value) { detail::append_json_number(text_, value); }

SpanValue::SpanValue(std::string_view value) {
    text_.reserve(value.size() + 2);
    detail::append_json_string(text_, value);
}

SpanValue SpanValue::json(std::string text) {
    if (!nlohmann::json::accept(text)) {
        throw ValueError("span: expected JSON of " + std::to_string(text.size()) +
                         " bytes, got another text; give plain text as a std::string_view");
    }
    return unchecked_json(std::move(text));
}

SpanValue SpanValue::unchecked_json(std::string text) {
    SpanValue value;
    value.text_ = std::move(text);
    return value;
}

}  // namespace assay::tracking
