#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "assay/base/export.hpp"

namespace assay::tracking {

/// What a span says of an input, an output or an attribute: any JSON value, kept as its text.
///
/// Text that is not UTF-8 gets U+FFFD in place of its bad bytes, and NaN and the infinities become the texts "NaN",
/// "Infinity", "-Infinity": a trace never fails for what it is told.
class ASSAY_EXPORT SpanValue {
  public:
    /// Nothing was said.
    SpanValue() = default;
    SpanValue(bool value) : text_(value ? "true" : "false") {}  // NOLINT(google-explicit-constructor): reads as a value
    SpanValue(double value);                                    // NOLINT(google-explicit-constructor)
    SpanValue(std::string_view value);                          // NOLINT(google-explicit-constructor)
    SpanValue(const std::string& value) : SpanValue(std::string_view(value)) {}  // NOLINT(google-explicit-constructor)
    SpanValue(const char* value) : SpanValue(std::string_view(value)) {}         // NOLINT(google-explicit-constructor)
    template <std::integral T>
    SpanValue(T value) : text_(std::to_string(value)) {}  // NOLINT(google-explicit-constructor)

    /// A list, an object, or any other JSON. @throws ValueError if the text is not JSON.   Cost: reads it once.
    static SpanValue json(std::string text);
    /// The same for text that a JSON writer has just made; what is not JSON makes the whole trace unreadable.
    static SpanValue unchecked_json(std::string text);

    bool empty() const noexcept { return text_.empty(); }
    /// JSON, or "" where nothing was said.
    const std::string& text() const noexcept { return text_; }

    friend bool operator==(const SpanValue&, const SpanValue&) = default;

  private:
    std::string text_;
};

}  // namespace assay::tracking
