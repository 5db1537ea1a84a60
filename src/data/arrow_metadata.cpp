#include "data/arrow_metadata.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"

namespace assay::data::detail {
namespace {

std::string range_text(const Range& range) {
    char text[80];
    auto end = std::to_chars(text, text + 36, range.low).ptr;
    *end++ = ',';
    end = std::to_chars(end, text + sizeof(text), range.high).ptr;
    return std::string(text, end);
}

std::optional<Range> range_from(std::string_view text) {
    Range range;
    const char* const end = text.data() + text.size();
    const auto low = std::from_chars(text.data(), end, range.low);
    if (low.ec != std::errc() || low.ptr == end || *low.ptr != ',') return std::nullopt;
    const auto high = std::from_chars(low.ptr + 1, end, range.high);
    if (high.ec != std::errc() || high.ptr != end) return std::nullopt;
    return range;
}

void append_number(std::string& out, std::size_t value) {
    const auto number = static_cast<std::int32_t>(value);
    char bytes[4];
    std::memcpy(bytes, &number, 4);
    out.append(bytes, 4);
}

/// Reads the numbers and texts one after the other; the interface gives no total size.
class MetadataReader {
  public:
    explicit MetadataReader(const char* at) : at_(at) {}

    std::int32_t number() {
        std::int32_t value = 0;
        std::memcpy(&value, at_, 4);
        at_ += 4;
        if (value < 0) throw SchemaError("arrow: expected lengths of 0 or more in the metadata of a field");
        return value;
    }
    std::string_view text() {
        const auto size = static_cast<std::size_t>(number());
        const std::string_view out(at_, size);
        at_ += size;
        return out;
    }

  private:
    const char* at_;
};

}  // namespace

std::string encode_metadata(const Field& field) {
    std::vector<std::pair<std::string_view, std::string>> pairs;
    if (!field.unit.empty()) pairs.emplace_back("assay.unit", field.unit);
    if (!field.loinc.empty()) pairs.emplace_back("assay.loinc", field.loinc);
    if (field.valid) pairs.emplace_back("assay.valid", range_text(*field.valid));
    if (field.outlier) pairs.emplace_back("assay.outlier", range_text(*field.outlier));
    if (!field.description.empty()) pairs.emplace_back("assay.description", field.description);
    std::string out;
    if (pairs.empty()) return out;
    append_number(out, pairs.size());
    for (const auto& [key, value] : pairs) {
        append_number(out, key.size());
        out += key;
        append_number(out, value.size());
        out += value;
    }
    return out;
}

void decode_metadata(const char* metadata, Field& field) {
    if (metadata == nullptr) return;
    MetadataReader reader(metadata);
    const std::int32_t pairs = reader.number();
    for (std::int32_t i = 0; i < pairs; ++i) {
        const std::string_view key = reader.text();
        const std::string_view value = reader.text();
        if (key == "assay.unit") {
            field.unit = value;
        } else if (key == "assay.loinc") {
            field.loinc = value;
        } else if (key == "assay.valid") {
            field.valid = range_from(value);
        } else if (key == "assay.outlier") {
            field.outlier = range_from(value);
        } else if (key == "assay.description") {
            field.description = value;
        }
    }
}

}  // namespace assay::data::detail
