#include "assay/tracking/detail/shape.hpp"

#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/number.hpp"

namespace assay::tracking::detail {

using nlohmann::json;

namespace {

constexpr std::int64_t micros_per_second = Timestamp::micros_per_second;

/// Whole seconds and the decimals behind them, at most six, without zeros at the end.
std::string decimal_seconds(std::int64_t micros) {
    std::string text = std::to_string(micros / micros_per_second);
    std::int64_t rest = micros % micros_per_second;
    if (rest < 0) {
        rest = -rest;
        if (text == "0") text = "-0";
    }
    if (rest == 0) return text;
    std::string decimals = std::to_string(rest);
    decimals.insert(0, 6 - decimals.size(), '0');
    decimals.erase(decimals.find_last_not_of('0') + 1);
    return text + "." + decimals;
}

}  // namespace

void read_value(const json& from, std::string& to) { to = from.get_ref<const std::string&>(); }

void read_value(const json& from, bool& to) { to = from.get<bool>(); }

void read_value(const json& from, std::int64_t& to) {
    if (from.is_string()) {
        to = std::stoll(from.get_ref<const std::string&>());
    } else if (from.is_number_integer()) {
        to = from.get<std::int64_t>();
    } else {
        throw ValueError("MLflow: expected a whole number");
    }
}

void read_value(const json& from, double& to) {
    if (from.is_number()) {
        to = from.get<double>();
        return;
    }
    const auto& text = from.get_ref<const std::string&>();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto number = text == "NaN"         ? std::numeric_limits<double>::quiet_NaN()
                        : text == "Infinity"  ? infinity
                        : text == "-Infinity" ? -infinity
                                              : parse_number(text);
    if (!number) throw ValueError("MLflow: expected a number as metric value");
    to = *number;
}

void read_value(const json& from, Timestamp& to) {
    const auto& text = from.get_ref<const std::string&>();
    auto time = parse_timestamp(text);
    // Nanoseconds, which protobuf may give, are cut.
    const auto point = text.find('.');
    if (!time && point != std::string::npos) {
        const auto end = text.find_first_not_of("0123456789", point + 1);
        if (end != std::string::npos)
            time = parse_timestamp(text.substr(0, std::min(point + 7, end)) + text.substr(end));
    }
    if (!time) throw ValueError("MLflow: expected a time such as 2026-01-02T03:04:05.678Z");
    to = *time;
}

void read_value(const json& from, std::chrono::microseconds& to) {
    const auto& text = from.get_ref<const std::string&>();
    const auto seconds =
        text.empty() || text.back() != 's' ? std::nullopt : parse_number(text.substr(0, text.size() - 1));
    if (!seconds || !(std::abs(*seconds) < 9e12)) throw ValueError("MLflow: expected a duration such as 1.234s");
    to = std::chrono::microseconds(std::llround(*seconds * static_cast<double>(micros_per_second)));
}

void read_value(const json& from, std::map<std::string, std::string>& to) {
    to.clear();
    if (from.is_object()) {
        for (const auto& [key, value] : from.items()) to[key] = value.get_ref<const std::string&>();
        return;
    }
    if (!from.is_array()) throw ValueError("MLflow: expected a JSON array or object of texts");
    for (const auto& item : from) {
        // The registry's tags and aliases: a tag without a value has none in JSON.
        const auto found = item.find("value");
        const bool has_value = found != item.end() && !found->is_null();
        to[item.at("key").get_ref<const std::string&>()] =
            has_value ? found->get_ref<const std::string&>() : std::string();
    }
}

void read_value(const json& from, rest::JsonText& to) { to.text = from.dump(); }

json write_value(const std::string& value, Form) { return value; }
json write_value(bool value, Form) { return value; }
json write_value(std::int64_t value, Form) { return value; }

json write_value(double value, Form) {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

json write_value(Timestamp value, Form) { return to_iso8601(value); }

json write_value(std::chrono::microseconds value, Form) { return decimal_seconds(value.count()) + "s"; }

json write_value(const std::map<std::string, std::string>& value, Form form) {
    if (form == Form::object) return value;
    auto out = json::array();
    for (const auto& [key, text] : value) out.push_back({{"key", key}, {"value", text}});
    return out;
}

json write_value(const rest::JsonText& value, Form) {
    json parsed = json::parse(value.text, nullptr, false);
    if (parsed.is_discarded()) throw ValueError("MLflow: expected JSON text as value, got text that is not JSON");
    return parsed;
}

}  // namespace assay::tracking::detail
