#include "assay/data/names.hpp"

#include <array>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::data {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

// Keys in snake_case. Sources: the vendor exports that the pipelines read, FHIR and openEHR display names.
constexpr std::array kClinical{
    Entry{"hr", "heart_rate"},
    Entry{"pulse", "heart_rate"},
    Entry{"pulse_rate", "heart_rate"},
    Entry{"bp_sys", "systolic_bp"},
    Entry{"sbp", "systolic_bp"},
    Entry{"sys_bp", "systolic_bp"},
    Entry{"systolic", "systolic_bp"},
    Entry{"systolic_blood_pressure", "systolic_bp"},
    Entry{"bp_dia", "diastolic_bp"},
    Entry{"dbp", "diastolic_bp"},
    Entry{"dia_bp", "diastolic_bp"},
    Entry{"diastolic", "diastolic_bp"},
    Entry{"diastolic_blood_pressure", "diastolic_bp"},
    Entry{"map", "mean_bp"},
    Entry{"bp_mean", "mean_bp"},
    Entry{"mean_arterial_pressure", "mean_bp"},
    Entry{"sp_o2", "spo2"},
    Entry{"o2_sat", "spo2"},
    Entry{"oxygen_saturation", "spo2"},
    Entry{"body_temp", "temperature"},
    Entry{"body_temperature", "temperature"},
    Entry{"temp", "temperature"},
    Entry{"resp_rate", "respiratory_rate"},
    Entry{"rr", "respiratory_rate"},
    Entry{"respiration_rate", "respiratory_rate"},
    Entry{"patient", "patient_id"},
    Entry{"subject_id", "patient_id"},
    Entry{"timestamp", "observed_at"},
    Entry{"charttime", "observed_at"},
    Entry{"measured_at", "observed_at"},
    Entry{"gender", "sex"},
    Entry{"record_count", "vital_count"},
};

constexpr std::array<std::string_view, 4> kPrefixes{"avg_", "min_", "max_", "last_"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_upper(c) || is_lower(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

std::string to_snake_case(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (!is_word(c)) {
            if (!out.empty() && out.back() != '_') out += '_';
            continue;
        }
        // A new word begins at an upper letter after a lower one or a digit, and at the last letter of an acronym.
        const bool after_word = i > 0 && (is_lower(name[i - 1]) || is_digit(name[i - 1]));
        const bool acronym_ends = i > 0 && i + 1 < name.size() && is_upper(name[i - 1]) && is_lower(name[i + 1]);
        if (is_upper(c) && (after_word || acronym_ends) && !out.empty() && out.back() != '_') out += '_';
        out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    }
    while (!out.empty() && out.back() == '_') out.pop_back();
    return out;
}

const NameMap& NameMap::clinical() {
    static const NameMap kMap = [] {
        NameMap map;
        for (const auto& [name, canonical] : kClinical) map.entries_.emplace(name, canonical);
        return map;
    }();
    return kMap;
}

NameMap NameMap::with(const std::map<std::string, std::string>& entries) const {
    NameMap out = *this;
    for (const auto& [name, canonical] : entries) {
        if (canonical.empty()) throw ValueError("names: expected a canonical name for '" + name + "', got nothing");
        out.entries_[to_snake_case(name)] = canonical;
    }
    return out;
}

std::string NameMap::canonical(std::string_view name) const {
    const std::string snake = to_snake_case(name);
    if (const auto found = entries_.find(snake); found != entries_.end()) return found->second;
    for (const std::string_view prefix : kPrefixes) {
        if (!snake.starts_with(prefix)) continue;
        const auto found = entries_.find(snake.substr(prefix.size()));
        if (found != entries_.end()) return std::string(prefix) + found->second;
    }
    return snake;
}

std::vector<std::string> NameMap::canonical(std::span<const std::string> names) const {
    std::vector<std::string> out;
    std::map<std::string, std::string_view> first;
    for (const std::string& name : names) {
        std::string mapped = canonical(std::string_view(name));
        if (mapped.empty()) mapped = "column_" + std::to_string(out.size() + 1);
        const auto [at, inserted] = first.emplace(mapped, name);
        if (!inserted) {
            throw SchemaError("names: expected one column for '" + mapped + "', got '" + std::string(at->second) +
                              "' and '" + name + "'; rename or drop one of them");
        }
        out.push_back(std::move(mapped));
    }
    return out;
}

Table with_canonical_names(const Table& table, const NameMap& names) {
    std::vector<std::string> given;
    for (const Field& field : table.schema()) given.push_back(field.name);
    return table.renamed(names.canonical(given));
}

}  // namespace assay::data
