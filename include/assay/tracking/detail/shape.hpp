#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/rest/json_text.hpp"

/// MLflow's JSON as lists of members: each struct is described once, and read, written, bound to Python and compared
/// by that description. The readers throw where a required member is missing or one is of another type.
namespace assay::tracking::detail {

/// Specialised for every struct: `static constexpr auto members = std::tuple{required(…), member(…), …};`, or where
/// the JSON is no plain list of members, functions `read(json, T&)` and `write(T)`.
template <typename T>
struct Shape;

template <typename T>
concept Shaped = requires {
    sizeof(Shape<T>);
};
template <typename T>
concept Listed = requires {
    Shape<T>::members;
};

/// How a TextMap is written. Both ways are read.
enum class Form {
    pairs,  ///< [{"key": …, "value": …}, …]
    object  ///< {key: value, …}
};

template <typename Owner, typename Value>
struct Member {
    using value_type = Value;
    const char* name;
    Value Owner::*place;
    bool is_required = false;
    Form form = Form::pairs;
};

template <typename Owner, typename Value>
constexpr Member<Owner, Value> required(const char* name, Value Owner::*place) {
    return {name, place, true, Form::pairs};
}
template <typename Owner, typename Value>
constexpr Member<Owner, Value> member(const char* name, Value Owner::*place) {
    return {name, place, false, Form::pairs};
}
/// A TextMap that travels as a JSON object.
template <typename Owner, typename Value>
constexpr Member<Owner, Value> object(const char* name, Value Owner::*place) {
    return {name, place, false, Form::object};
}

void read_value(const nlohmann::json& from, std::string& to);
void read_value(const nlohmann::json& from, bool& to);
/// A number, or its digits as text, as protobuf's JSON may give it.
void read_value(const nlohmann::json& from, std::int64_t& to);
/// A number, or "NaN", "Infinity", "-Infinity".
void read_value(const nlohmann::json& from, double& to);
/// RFC 3339.
void read_value(const nlohmann::json& from, Timestamp& to);
/// Seconds: "1.234s".
void read_value(const nlohmann::json& from, std::chrono::microseconds& to);
void read_value(const nlohmann::json& from, std::map<std::string, std::string>& to);
void read_value(const nlohmann::json& from, rest::JsonText& to);
template <Shaped T>
void read_value(const nlohmann::json& from, T& to);

template <typename T>
void read_value(const nlohmann::json& from, std::optional<T>& to) {
    read_value(from, to.emplace());
}
template <typename T>
void read_value(const nlohmann::json& from, std::vector<T>& to) {
    to.clear();
    if (!from.is_array()) throw ValueError("MLflow: expected a JSON array");
    to.reserve(from.size());
    for (const auto& item : from) read_value(item, to.emplace_back());
}

template <typename Owner, typename Value, typename T>
void read_member(const nlohmann::json& from, const Member<Owner, Value>& m, T& to) {
    const auto found = from.find(m.name);
    if (found == from.end() || found->is_null()) {
        if (m.is_required) throw ValueError(std::string("MLflow: expected a member '") + m.name + "'");
        return;
    }
    read_value(*found, to.*m.place);
}

template <Shaped T>
void read_value(const nlohmann::json& from, T& to) {
    if (!from.is_object()) throw ValueError("MLflow: expected a JSON object");
    if constexpr (Listed<T>) {
        std::apply([&](const auto&... members) { (read_member(from, members, to), ...); }, Shape<T>::members);
    } else {
        Shape<T>::read(from, to);
    }
}

/// A struct from its JSON object.
template <typename T>
T read(const nlohmann::json& from) {
    T out{};
    read_value(from, out);
    return out;
}
/// The struct under a name of an answer: read<Experiment>(answer, "experiment").
template <typename T>
T read(const nlohmann::json& from, const char* name) {
    return read<T>(from.at(name));
}

nlohmann::json write_value(const std::string& value, Form form = Form::pairs);
nlohmann::json write_value(bool value, Form form = Form::pairs);
nlohmann::json write_value(std::int64_t value, Form form = Form::pairs);
nlohmann::json write_value(double value, Form form = Form::pairs);
nlohmann::json write_value(Timestamp value, Form form = Form::pairs);
nlohmann::json write_value(std::chrono::microseconds value, Form form = Form::pairs);
nlohmann::json write_value(const std::map<std::string, std::string>& value, Form form = Form::pairs);
nlohmann::json write_value(const rest::JsonText& value, Form form = Form::pairs);
template <Shaped T>
nlohmann::json write_value(const T& value, Form form = Form::pairs);

template <typename T>
nlohmann::json write_value(const std::vector<T>& values, Form = Form::pairs) {
    auto out = nlohmann::json::array();
    for (const auto& value : values) out.push_back(write_value(value));
    return out;
}

/// What is left out of JSON unless it is required: nothing, no text, no item.
template <typename T>
bool is_absent(const T& value) {
    if constexpr (requires { value.has_value(); }) {
        return !value.has_value();
    } else if constexpr (requires { value.empty(); }) {
        return value.empty();
    } else {
        return false;
    }
}

template <typename T, typename Owner, typename Value>
void write_member(const T& from, const Member<Owner, Value>& m, nlohmann::json& to) {
    const Value& value = from.*m.place;
    if (!m.is_required && is_absent(value)) return;
    if constexpr (requires { *value; }) {
        if (value.has_value()) to[m.name] = write_value(*value, m.form);
    } else {
        to[m.name] = write_value(value, m.form);
    }
}

template <Shaped T>
nlohmann::json write_value(const T& value, Form) {
    if constexpr (Listed<T>) {
        auto out = nlohmann::json::object();
        std::apply([&](const auto&... members) { (write_member(value, members, out), ...); }, Shape<T>::members);
        return out;
    } else {
        return Shape<T>::write(value);
    }
}

}  // namespace assay::tracking::detail
