#include "data/arrow_rules.hpp"

#include <charconv>
#include <map>
#include <string_view>

#include "assay/base/error.hpp"

namespace assay::data::detail {
namespace {

ForeignType keep(Type type) { return {Rule::Keep, type, 1, 1, 0, 0}; }
ForeignType by(Rule rule, Type type) { return {rule, type, 1, 1, 0, 0}; }

const std::map<std::string_view, ForeignType>& simple_types() {
    static const std::map<std::string_view, ForeignType> types{
        {"b", keep(Type::Bool)},
        {"i", keep(Type::Int32)},
        {"l", keep(Type::Int64)},
        {"f", keep(Type::Float32)},
        {"g", keep(Type::Float64)},
        {"u", keep(Type::Utf8)},
        {"z", keep(Type::Binary)},
        {"tdD", keep(Type::Date32)},
        {"n", by(Rule::AllNull, Type::Utf8)},
        {"c", by(Rule::Int8, Type::Int32)},
        {"s", by(Rule::Int16, Type::Int32)},
        {"C", by(Rule::UInt8, Type::Int32)},
        {"S", by(Rule::UInt16, Type::Int32)},
        {"I", by(Rule::UInt32, Type::Int64)},
        {"L", by(Rule::UInt64, Type::Int64)},
        {"e", by(Rule::Float16, Type::Float32)},
        {"U", by(Rule::LargeText, Type::Utf8)},
        {"Z", by(Rule::LargeText, Type::Binary)},
        {"vu", by(Rule::ViewText, Type::Utf8)},
        {"vz", by(Rule::ViewText, Type::Binary)},
        {"tdm", by(Rule::Date64, Type::Date32)},
    };
    return types;
}

[[noreturn]] void unsupported(const ArrowSchema& schema, std::string_view what, std::string_view remedy) {
    throw SchemaError("column '" + std::string(schema.name == nullptr ? "" : schema.name) +
                      "': expected a type that a table holds, got " + std::string(what) + "; " + std::string(remedy));
}

ForeignType timestamp_type(const ArrowSchema& schema, std::string_view format) {
    // "ts<unit>:<zone>". The zone says how a moment is shown; the number is UTC with any zone, and so it is without
    // one.
    if (format.size() < 4 || format[3] != ':') unsupported(schema, "a timestamp without a unit", "export it again");
    switch (format[2]) {
        case 's':
            return {Rule::TimeScaled, Type::Timestamp, 1'000'000, 1, 0, 0};
        case 'm':
            return {Rule::TimeScaled, Type::Timestamp, 1'000, 1, 0, 0};
        case 'u':
            return keep(Type::Timestamp);
        case 'n':
            return {Rule::TimeScaled, Type::Timestamp, 1, 1'000, 0, 0};
        default:
            unsupported(schema, "a timestamp of unknown unit", "cast it to microseconds");
    }
}

/// The numbers of a format like "d:19,2" after its prefix.
std::vector<int> numbers_of(const ArrowSchema& schema, std::string_view text) {
    std::vector<int> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        int number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error != std::errc()) unsupported(schema, "a type whose parameters do not parse", "export it again");
        numbers.push_back(number);
        at = next < end && *next == ',' ? next + 1 : next;
        if (next < end && *next != ',') unsupported(schema, "a type whose parameters do not parse", "export it again");
    }
    return numbers;
}

ForeignType decimal_type(const ArrowSchema& schema, std::string_view format) {
    const std::vector<int> numbers = numbers_of(schema, format.substr(2));
    const int bits = numbers.size() == 3 ? numbers[2] : 128;
    if (numbers.size() < 2 || numbers.size() > 3 || (bits != 32 && bits != 64 && bits != 128)) {
        unsupported(schema, "a decimal of more than 128 bits", "cast it to float64, int64 or text");
    }
    return {Rule::Decimal, numbers[1] <= 0 ? Type::Int64 : Type::Float64, 1, 1, bits / 8, numbers[1]};
}

ForeignType fixed_binary_type(const ArrowSchema& schema, std::string_view format) {
    const std::vector<int> numbers = numbers_of(schema, format.substr(2));
    if (numbers.size() != 1 || numbers[0] < 0) unsupported(schema, "bytes of unknown size", "export it again");
    return {Rule::FixedBinary, Type::Binary, 1, 1, numbers[0], 0};
}

}  // namespace

ForeignType foreign_type(const ArrowSchema& schema) {
    if (schema.release == nullptr || schema.format == nullptr) {
        throw SchemaError("arrow: expected a schema, got one that was released before");
    }
    if (schema.dictionary != nullptr) {
        if (schema.dictionary->dictionary != nullptr) {
            unsupported(schema, "a dictionary of dictionaries", "decode it first");
        }
        return by(Rule::Dictionary, foreign_type(*schema.dictionary).type);
    }
    const std::string_view format(schema.format);
    if (const auto found = simple_types().find(format); found != simple_types().end()) return found->second;
    if (format.starts_with("ts")) return timestamp_type(schema, format);
    if (format.starts_with("d:")) return decimal_type(schema, format);
    if (format.starts_with("w:")) return fixed_binary_type(schema, format);
    if (format.starts_with("tt")) unsupported(schema, "a time of day", "cast it to text, or join it with its date");
    if (format.starts_with("tD")) unsupported(schema, "a duration", "cast it to int64 and put the unit in the field");
    if (format.starts_with("ti")) unsupported(schema, "a calendar interval", "cast it to int64 or text");
    if (format.starts_with("+l") || format.starts_with("+L") || format.starts_with("+w") || format.starts_with("+v")) {
        unsupported(schema, "lists", "write each as JSON text");
    }
    if (format == "+r") unsupported(schema, "run-end encoding", "decode it first");
    if (format.starts_with("+")) unsupported(schema, "structures", "give each member a column, or write JSON text");
    unsupported(schema, "a type of unknown format", "cast it to one of Assay's types");
}

}  // namespace assay::data::detail
