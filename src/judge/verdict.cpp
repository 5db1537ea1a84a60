#include "assay/judge/verdict.hpp"

#include <nlohmann/json.hpp>

namespace assay::judge {
namespace {

using Json = nlohmann::ordered_json;

Json to_value(const Finding& f) {
    Json value{{"rule", f.rule},
               {"criterion", name_of(f.criterion)},
               {"severity", name_of(f.severity)},
               {"message", f.message}};
    value["begin"] = f.begin ? Json(*f.begin) : Json(nullptr);
    value["end"] = f.end ? Json(*f.end) : Json(nullptr);
    value["evidence"] = f.evidence;
    value["source"] = f.source;
    value["correction"] = f.correction;
    return value;
}

}  // namespace

std::string_view name_of(Criterion criterion) noexcept {
    static constexpr std::array<std::string_view, 5> names{"accuracy", "completeness", "safety", "actionability",
                                                           "relevance"};
    return names[static_cast<std::size_t>(criterion)];
}

std::string_view name_of(Severity severity) noexcept {
    static constexpr std::array<std::string_view, 4> names{"info", "minor", "major", "critical"};
    return names[static_cast<std::size_t>(severity)];
}

std::optional<Criterion> criterion_named(std::string_view name) noexcept {
    for (const Criterion c : kCriteria) {
        if (name_of(c) == name) return c;
    }
    return std::nullopt;
}

std::optional<Severity> severity_named(std::string_view name) noexcept {
    for (const Severity s : {Severity::Info, Severity::Minor, Severity::Major, Severity::Critical}) {
        if (name_of(s) == name) return s;
    }
    return std::nullopt;
}

std::map<std::string, double> Verdict::metrics() const {
    std::map<std::string, double> out{{"overall_score", overall}, {"confidence", confidence}};
    for (const Criterion c : kCriteria) out["judge_" + std::string(name_of(c))] = score(c);
    return out;
}

std::string to_json(const Verdict& verdict) {
    Json scores = Json::object();
    for (const Criterion c : kCriteria) scores[std::string(name_of(c))] = verdict.score(c);
    Json findings = Json::array();
    for (const Finding& f : verdict.findings) findings.push_back(to_value(f));
    const Json value{{"patient_id", verdict.patient_id},
                     {"judge", verdict.judge},
                     {"overall", verdict.overall},
                     {"confidence", verdict.confidence},
                     {"passed", verdict.passed},
                     {"scores", scores},
                     {"findings", findings}};
    return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay::judge
