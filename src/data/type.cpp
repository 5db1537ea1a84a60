#include "assay/data/type.hpp"

#include <array>
#include <string>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::data {
namespace {

constexpr std::array<std::pair<Type, std::string_view>, 9> kTypeNames{{
    {Type::Bool, "bool"},
    {Type::Int32, "int32"},
    {Type::Int64, "int64"},
    {Type::Float32, "float32"},
    {Type::Float64, "float64"},
    {Type::Utf8, "utf8"},
    {Type::Binary, "binary"},
    {Type::Date32, "date32"},
    {Type::Timestamp, "timestamp[us, UTC]"},
}};

}  // namespace

std::string_view name_of(Type type) noexcept {
    for (const auto& [known, name] : kTypeNames) {
        if (known == type) return name;
    }
    return "unknown";
}

Type type_from_name(std::string_view name) {
    if (name == "timestamp") return Type::Timestamp;  // there is only one
    std::string known;
    for (const auto& [type, text] : kTypeNames) {
        if (text == name) return type;
        known += known.empty() ? "" : ", ";
        known += text;
    }
    throw ValueError("type: expected one of " + known + ", got '" + std::string(name) + "'");
}

}  // namespace assay::data
