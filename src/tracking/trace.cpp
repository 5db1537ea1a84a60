#include "assay/tracking/trace.hpp"

#include <algorithm>
#include <charconv>

#include "assay/base/error.hpp"

namespace assay::tracking {
namespace {

constexpr std::string_view mlflow_prefix = "tr-";

void append_hex(std::string& out, std::uint64_t value) {
    static constexpr char digits[] = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) out += digits[(value >> shift) & 15];
}

std::uint64_t parse_hex(std::string_view text, const char* what) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.size() != 16 || error != std::errc{} || end != text.data() + text.size()) {
        throw ValueError(std::string(what) + ", got another text");
    }
    return value;
}

}  // namespace

std::string_view to_string(SpanStatus status) noexcept {
    switch (status) {
        case SpanStatus::unset:
            return "UNSET";
        case SpanStatus::ok:
            return "OK";
        case SpanStatus::error:
            return "ERROR";
    }
    return "UNSET";
}

SpanStatus parse_span_status(std::string_view text) {
    for (const auto status : {SpanStatus::unset, SpanStatus::ok, SpanStatus::error}) {
        if (text == to_string(status)) return status;
    }
    throw ValueError("span status: expected UNSET, OK or ERROR, got '" + std::string(text) + "'");
}

std::string TraceId::text() const {
    std::string out;
    out.reserve(32);
    append_hex(out, high);
    append_hex(out, low);
    return out;
}

std::string TraceId::mlflow_id() const { return std::string(mlflow_prefix) + text(); }

TraceId TraceId::parse(std::string_view text) {
    constexpr const char* expected = "trace id: expected 32 hexadecimal digits, with or without 'tr-' before them";
    if (text.substr(0, mlflow_prefix.size()) == mlflow_prefix) text.remove_prefix(mlflow_prefix.size());
    if (text.size() != 32) throw ValueError(std::string(expected) + ", got " + std::to_string(text.size()));
    return {parse_hex(text.substr(0, 16), expected), parse_hex(text.substr(16), expected)};
}

std::string span_id_text(std::uint64_t id) {
    std::string out;
    append_hex(out, id);
    return out;
}

std::uint64_t parse_span_id(std::string_view text) {
    return parse_hex(text, "span id: expected 16 hexadecimal digits");
}

const SpanValue* SpanData::attribute(std::string_view key) const noexcept {
    const auto found =
        std::find_if(attributes.rbegin(), attributes.rend(), [key](const auto& item) { return item.first == key; });
    return found == attributes.rend() ? nullptr : &found->second;
}

const SpanData* TraceData::root() const noexcept {
    const auto found = std::find_if(spans.begin(), spans.end(), [](const auto& span) { return span.parent == 0; });
    return found == spans.end() ? nullptr : &*found;
}

}  // namespace assay::tracking
