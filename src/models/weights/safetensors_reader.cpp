#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "assay/base/error.hpp"
#include "models/weights/safetensors_types.hpp"
#include "models/weights/weight_contents.hpp"

// A JSON document forgets duplicate keys and holds the whole header twice, so the header is read as events.
namespace assay::models::detail {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;

struct SafetensorsEntry {
    std::string name;
    WeightType type = WeightType::float32;
    std::vector<index> shape;
    std::vector<index> offsets;  ///< begin and end, from the end of the header
};

std::string no_json(std::size_t position) {
    return "expected a header of JSON in UTF-8, got something else at byte " + std::to_string(8 + position);
}

/// Takes the header's events and refuses everything that is not {name: {dtype, shape, data_offsets}}.
class SafetensorsHeader {
  public:
    explicit SafetensorsHeader(std::map<std::string, std::string>& metadata) : metadata_(metadata) {}

    std::vector<SafetensorsEntry> entries;
    std::string failure;  ///< why an event was refused

    bool null() { return refuse("null"); }
    bool boolean(bool) { return refuse("true or false"); }
    bool number_float(double, const std::string&) { return refuse("a number that is not whole or past 2^63"); }
    bool number_integer(std::int64_t) { return refuse("a negative number"); }
    bool binary(nlohmann::json::binary_t&) { return refuse("binary data"); }

    bool number_unsigned(std::uint64_t value) {
        if (list_ == nullptr) return refuse("a number");
        if (value > static_cast<std::uint64_t>(std::numeric_limits<index>::max())) return refuse("a number past 2^63");
        if (list_->size() == kMostDimensions) return refuse("more than 64 numbers");
        list_->push_back(static_cast<index>(value));
        return true;
    }

    bool string(std::string& value) {
        if (place_ == Place::metadata) {
            metadata_[key_] = value;
            return true;
        }
        if (place_ != Place::entry || key_ != "dtype") return refuse("a text");
        const std::optional<WeightType> type = safetensors_type(value);
        if (!type) {
            return fail("expected a dtype of F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL, got " + shown(value) +
                        " at tensor " + shown(entries.back().name));
        }
        entries.back().type = *type;
        return true;
    }

    bool start_object(std::size_t) {
        if (place_ == Place::start) {
            place_ = Place::header;
        } else if (place_ == Place::header && key_ == "__metadata__") {
            place_ = Place::metadata;
            keys_.clear();
        } else if (place_ == Place::header) {
            place_ = Place::entry;
            keys_.clear();
            entries.emplace_back().name = key_;
        } else {
            return refuse("an object");
        }
        return true;
    }

    bool key(std::string& name) {
        key_ = name;
        if (place_ == Place::header) return names_.insert(name).second || duplicate(name);
        return keys_.insert(name).second || duplicate(name);
    }

    bool end_object() {
        if (place_ == Place::entry && keys_.size() != 3) {
            return fail("expected dtype, shape and data_offsets at tensor " + shown(entries.back().name) + ", got " +
                        std::to_string(keys_.size()) + " of them");
        }
        place_ = place_ == Place::header ? Place::end : Place::header;
        return true;
    }

    bool start_array(std::size_t) {
        if (place_ != Place::entry || list_ != nullptr) return refuse("a list");
        if (key_ == "shape") {
            list_ = &entries.back().shape;
        } else if (key_ == "data_offsets") {
            list_ = &entries.back().offsets;
        } else {
            return refuse("a list");
        }
        return true;
    }

    bool end_array() {
        list_ = nullptr;
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
        return fail(no_json(position > 0 ? position - 1 : 0));  // the parser counts from 1
    }

  private:
    enum class Place { start, header, metadata, entry, end };

    bool fail(std::string text) {
        failure = std::move(text);
        return false;
    }

    bool duplicate(const std::string& name) {
        const std::string at = place_ == Place::entry ? " at tensor " + shown(entries.back().name) : "";
        return fail("expected every key once, got " + shown(name) + " twice" + at);
    }

    bool refuse(const char* what) {
        if (place_ == Place::metadata) {
            return fail(std::string("expected texts in __metadata__, got ") + what + " at " + shown(key_));
        }
        if (place_ != Place::entry) {
            return fail(std::string("expected an object for every tensor, got ") + what + " at " + shown(key_));
        }
        const char* expected = key_ == "dtype"          ? "a text as dtype"
                               : key_ == "shape"        ? "whole numbers as shape"
                               : key_ == "data_offsets" ? "two whole numbers as data_offsets"
                                                        : "only dtype, shape and data_offsets";
        return fail(std::string("expected ") + expected + " at tensor " + shown(entries.back().name) + ", got " + what +
                    " at " + shown(key_));
    }

    std::map<std::string, std::string>& metadata_;
    std::set<std::string> names_;
    std::set<std::string> keys_;  ///< of the object that is open within the header
    Place place_ = Place::start;
    std::string key_;
    std::vector<index>* list_ = nullptr;
};

/// Length of the header, checked against the format's limit and the file.
std::size_t safetensors_header_size(std::span<const std::byte> bytes, const std::string& where) {
    if (bytes.size() < 8) {
        throw IoError(where + ": expected a header length of 8 bytes, got " + std::to_string(bytes.size()) + " bytes");
    }
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    if (size > kLongestHeader) {
        throw IoError(where + ": expected a header of at most 100000000 bytes, got " + std::to_string(size));
    }
    if (size > bytes.size() - 8) {
        throw IoError(where + ": expected a header of " + std::to_string(size) + " bytes, the file ends after " +
                      std::to_string(bytes.size() - 8) + "; it was cut short: copy it again");
    }
    if (size == 0 || bytes[8] != std::byte{'{'}) {
        throw IoError(where + ": expected a header that begins with '{' at byte 8, got something else");
    }
    return static_cast<std::size_t>(size);
}

std::string safetensors_range(const SafetensorsEntry& entry) {
    return std::to_string(entry.offsets[0]) + " to " + std::to_string(entry.offsets[1]);
}

/// Checks what one entry says of itself.
void check_safetensors_entry(const SafetensorsEntry& entry, const std::string& where) {
    const std::string tensor = where + ": tensor " + shown(entry.name) + ": ";
    const std::vector<index>& offsets = entry.offsets;
    if (offsets.size() != 2) {
        throw IoError(tensor + "expected two data_offsets, got " + std::to_string(offsets.size()));
    }
    if (offsets[1] < offsets[0]) {
        throw IoError(tensor + "expected data_offsets that begin before they end, got " + safetensors_range(entry));
    }
    const std::optional<index> count = element_count(entry.shape);
    index size = 0;
    if (!count || __builtin_mul_overflow(*count, size_of(entry.type), &size)) {
        throw IoError(tensor + "expected a shape of fewer than 2^63 bytes, got " + shape_text(entry.shape) + " of " +
                      std::string(name_of(entry.type)));
    }
    if (size != offsets[1] - offsets[0]) {
        throw IoError(tensor + "expected " + std::to_string(size) + " bytes for " + shape_text(entry.shape) + " of " +
                      std::string(name_of(entry.type)) + ", got data_offsets of " +
                      std::to_string(offsets[1] - offsets[0]) + " bytes");
    }
}

std::vector<SafetensorsEntry> parse_safetensors_header(std::span<const std::byte> text, const std::string& where,
                                                       std::map<std::string, std::string>& metadata) {
    SafetensorsHeader header(metadata);
    const auto* begin = reinterpret_cast<const char*>(text.data());
    // The parser takes a zero byte for the end and would pass over what follows.
    const auto zero = std::find(text.begin(), text.end(), std::byte{0});
    if (zero != text.end()) throw IoError(where + ": " + no_json(static_cast<std::size_t>(zero - text.begin())));
    if (!nlohmann::json::sax_parse(begin, begin + text.size(), &header)) throw IoError(where + ": " + header.failure);
    return std::move(header.entries);
}

}  // namespace

void read_safetensors(std::span<const std::byte> bytes, const std::string& where, WeightContents& out) {
    const std::size_t header_size = safetensors_header_size(bytes, where);
    std::vector<SafetensorsEntry> entries =
        parse_safetensors_header(bytes.subspan(8, header_size), where, out.metadata);
    for (const SafetensorsEntry& entry : entries) check_safetensors_entry(entry, where);
    std::stable_sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
        return std::pair(a.offsets[0], a.offsets[1]) < std::pair(b.offsets[0], b.offsets[1]);
    });
    const std::span<const std::byte> data = bytes.subspan(8 + header_size);
    index end = 0;
    for (SafetensorsEntry& entry : entries) {
        const index first = entry.offsets[0];
        if (first != end) {
            throw IoError(where + ": tensor " + shown(entry.name) + ": expected data that begin at offset " +
                          std::to_string(end) + ", where those before it end, got " + safetensors_range(entry));
        }
        end = entry.offsets[1];
        if (static_cast<std::size_t>(end) > data.size()) {
            throw IoError(where + ": tensor " + shown(entry.name) + ": expected data up to offset " +
                          std::to_string(end) + ", the file ends at offset " + std::to_string(data.size()) +
                          "; it was cut short: copy it again");
        }
        out.tensors.push_back({std::move(entry.name), entry.type, std::move(entry.shape),
                               data.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first))});
    }
    if (static_cast<std::size_t>(end) != data.size()) {
        throw IoError(where + ": expected the file to end with its tensors at offset " + std::to_string(end) +
                      ", got " + std::to_string(data.size() - static_cast<std::size_t>(end)) + " bytes more");
    }
}

}  // namespace assay::models::detail
