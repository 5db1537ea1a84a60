#include "data/hl7/observation_value.hpp"

#include <string>

#include "assay/data/laboratory/result_value.hpp"
#include "data/laboratory/outcome.hpp"

namespace assay::data::hl7 {
namespace {

ObservationValue from_text(std::string_view written, char decimal_point) {
    const ReportedValue value = parse_result_value(written, decimal_point);
    return {value.comparator, value.number, value.text};
}

/// SN: comparator ^ number ^ separator or suffix ^ number. Source: HL7 v2.8 §2.A.71.
ObservationValue structured_number(std::string_view field, const Separators& separators, char decimal_point,
                                   Texts& texts) {
    const auto component = [&](int n) { return texts.text(part(field, separators.component, n)); };
    const std::string_view comparator = component(1);
    const std::string_view sign = laboratory::comparator_sign(comparator);
    const bool plain =
        component(3).empty() && component(4).empty() && (comparator.empty() || comparator == "=" || !sign.empty());
    if (plain) {
        const ReportedValue number = parse_result_value(component(2), decimal_point);
        if (number.number && (sign.empty() || number.comparator.empty())) {
            return {sign.empty() ? number.comparator : sign, number.number, number.text};
        }
    }
    std::string whole(comparator);
    for (int n = 2; n <= 4; ++n) whole += component(n);
    return {{}, std::nullopt, texts.keep(std::move(whole))};
}

/// The text of a coded value: CWE.9 as it was written, else what the code means, else the code.
std::string_view coded_text(std::string_view field, const Separators& separators, Texts& texts) {
    for (const int component : {9, 2, 5, 1, 4}) {
        const std::string_view text = part(field, separators.component, component);
        if (!text.empty()) return texts.text(text);
    }
    return {};
}

bool is_coded(std::string_view type) { return type == "CE" || type == "CWE" || type == "CNE" || type == "CF"; }

/// All repetitions, one a line.
std::string_view joined(std::string_view type, std::string_view field, const Separators& separators, Texts& texts) {
    const auto text_of = [&](std::string_view repetition) {
        return is_coded(type) ? coded_text(repetition, separators, texts) : texts.text(repetition);
    };
    if (separators.repetition == '\0' || field.find(separators.repetition) == std::string_view::npos) {
        return text_of(field);
    }
    std::string out;
    for (;;) {
        const auto end = field.find(separators.repetition);
        out += text_of(field.substr(0, end));
        if (end == std::string_view::npos) break;
        out += '\n';
        field.remove_prefix(end + 1);
    }
    return texts.keep(std::move(out));
}

}  // namespace

bool repeats_are_results(std::string_view type) noexcept { return type == "NM" || type == "SN"; }

ObservationValue read_value(std::string_view type, std::string_view field, const Separators& separators,
                            char decimal_point, Texts& texts) {
    if (field.empty()) return {};
    if (field == "\"\"") return {{}, std::nullopt, {}, true};
    if (type == "ED" || type == "RP") return {{}, std::nullopt, {}, false, true};
    if (type == "SN") return structured_number(field, separators, decimal_point, texts);
    if (type == "NM") return from_text(texts.text(field), decimal_point);
    const std::string_view text = joined(type, field, separators, texts);
    if (type == "ST" || type.empty()) return from_text(text, decimal_point);
    return {{}, std::nullopt, text};
}

}  // namespace assay::data::hl7
