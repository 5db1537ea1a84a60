#include "data/fhir/json.hpp"

#include <utility>
#include <vector>

namespace assay::data::fhir {
namespace {

constexpr std::size_t kMostLevels = 100;

/// Builds a document from a parser's events, without recursion.
class Builder : public nlohmann::json_sax<json> {
  public:
    std::string_view fault = "json.syntax";
    json root;

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add_number(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return add_number(std::to_string(value)); }
    bool number_float(number_float_t, const string_t& text) override { return add_number(text); }
    bool string(string_t& text) override {
        if (!text.empty() && text.front() == kNumberMark) text.front() = ' ';  // no text passes for a number
        return add(std::move(text));
    }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        json& object = *open_.back();
        if (object.contains(name)) {
            fault = "json.duplicate_name";
            return false;
        }
        slot_ = &object[name];
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  private:
    bool add_number(const std::string& text) { return add(std::string(1, kNumberMark) + text); }
    bool add(json value) {
        *place() = std::move(value);
        return true;
    }
    bool open(json value) {
        if (open_.size() >= kMostLevels) {
            fault = "json.too_deep";
            return false;
        }
        json* at = place();
        *at = std::move(value);
        open_.push_back(at);
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    json* place() {
        if (open_.empty()) return &root;
        if (!open_.back()->is_array()) return slot_;
        open_.back()->push_back(nullptr);
        return &open_.back()->back();
    }

    std::vector<json*> open_;
    json* slot_ = nullptr;
};

const json& nothing() {
    static const json kNull;
    return kNull;
}

}  // namespace

ParsedJson parse_json(std::string_view text) {
    Builder builder;
    if (json::sax_parse(text.begin(), text.end(), &builder)) return {std::move(builder.root), {}};
    return {json(), builder.fault};
}

const json& member(const json& object, const char* name) noexcept {
    if (!object.is_object()) return nothing();
    const auto found = object.find(name);
    return found == object.end() ? nothing() : *found;
}

const json& element(const json& array, std::size_t i) noexcept {
    if (!array.is_array()) return i == 0 ? array : nothing();
    return i < array.size() ? array[i] : nothing();
}

std::size_t count(const json& array) noexcept { return array.is_array() ? array.size() : array.is_null() ? 0 : 1; }

std::string_view text_of(const json& value) noexcept {
    if (!value.is_string()) return {};
    std::string_view text = value.get_ref<const std::string&>();
    if (!text.empty() && text.front() == kNumberMark) return {};
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::string_view number_text(const json& value) noexcept {
    if (!value.is_string()) return {};
    const std::string& text = value.get_ref<const std::string&>();
    return !text.empty() && text.front() == kNumberMark ? std::string_view(text).substr(1) : std::string_view{};
}

}  // namespace assay::data::fhir
