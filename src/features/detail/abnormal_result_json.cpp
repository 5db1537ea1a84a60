#include "assay/features/detail/abnormal_result_json.hpp"

#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"

namespace assay::features::detail {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json number_or_null(std::optional<double> value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json to_json(const AbnormalResult& result) {
    ordered_json out;
    out["loinc"] = result.loinc;
    out["name"] = result.name;
    out["value"] = result.value;
    out["unit"] = result.unit;
    out["reference_low"] = number_or_null(result.reference_low);
    out["reference_high"] = number_or_null(result.reference_high);
    out["high"] = result.high;
    out["critical"] = result.critical;
    out["observed_at"] = result.observed_at ? ordered_json(to_iso8601(*result.observed_at)) : ordered_json(nullptr);
    return out;
}

std::optional<double> optional_number(const json& item, const char* key) {
    const auto at = item.find(key);
    return at == item.end() || at->is_null() ? std::nullopt : std::optional<double>(at->get<double>());
}

AbnormalResult from_json(const json& item) {
    AbnormalResult out;
    out.loinc = item.value("loinc", "");
    out.name = item.value("name", "");
    out.value = item.at("value").get<double>();
    out.unit = item.value("unit", "");
    out.reference_low = optional_number(item, "reference_low");
    out.reference_high = optional_number(item, "reference_high");
    out.high = item.at("high").get<bool>();
    out.critical = item.value("critical", false);
    const auto at = item.find("observed_at");
    if (at != item.end() && at->is_string()) out.observed_at = parse_timestamp(at->get_ref<const std::string&>());
    return out;
}

}  // namespace

std::string abnormal_results_json(const std::vector<AbnormalResult>& results) {
    if (results.empty()) return "[]";
    ordered_json list = ordered_json::array();
    for (const AbnormalResult& result : results) list.push_back(to_json(result));
    return list.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::vector<AbnormalResult> abnormal_results_from_json(std::string_view text, index row) {
    std::vector<AbnormalResult> out;
    if (text.empty() || text == "[]") return out;
    try {
        for (const json& item : json::parse(text)) out.push_back(from_json(item));
    } catch (const json::exception&) {  // its text may quote a patient's value
        throw SchemaError("patient_summary: expected a JSON list of results in column 'abnormal_results', row " +
                          std::to_string(row));
    }
    return out;
}

}  // namespace assay::features::detail
