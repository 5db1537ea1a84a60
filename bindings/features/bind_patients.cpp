#include "assay/base/error.hpp"
#include "assay/features/abnormal_labs.hpp"
#include "assay/features/patient_summary.hpp"
#include "assay/features/summarise_patients.hpp"
#include "prelude.hpp"

// Patient summaries: gold rows as values and as a table, and the laboratory results in them.
namespace assay::bindings {
namespace {

using namespace features;
using data::Table;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;
using Micros = std::optional<std::int64_t>;  // since 1970 in UTC; Python makes datetimes of them

Micros micros(const std::optional<Timestamp>& time) { return time ? Micros(time->micros()) : std::nullopt; }

void bind_values(py::module_& m) {
    py::class_<VitalStatistics>(m, "VitalStatistics", "One vital sign over a patient's accepted measurements.")
        .def_readonly("count", &VitalStatistics::count)
        .def_readonly("average", &VitalStatistics::average)
        .def_readonly("minimum", &VitalStatistics::minimum)
        .def_readonly("maximum", &VitalStatistics::maximum)
        .def_readonly("last", &VitalStatistics::last)
        .def_property_readonly("last_at_micros", [](const VitalStatistics& s) { return micros(s.last_at); })
        .def_readonly("slope_per_hour", &VitalStatistics::slope_per_hour);
    py::class_<AbnormalResult>(m, "AbnormalResult", "A laboratory result outside its reference range.")
        .def_readonly("loinc", &AbnormalResult::loinc)
        .def_readonly("name", &AbnormalResult::name)
        .def_readonly("value", &AbnormalResult::value)
        .def_readonly("unit", &AbnormalResult::unit, "as reported")
        .def_readonly("reference_low", &AbnormalResult::reference_low)
        .def_readonly("reference_high", &AbnormalResult::reference_high)
        .def_readonly("high", &AbnormalResult::high)
        .def_readonly("critical", &AbnormalResult::critical)
        .def_property_readonly("observed_at_micros", [](const AbnormalResult& r) { return micros(r.observed_at); });
    py::class_<PatientSummary>(m, "PatientSummary", "One row of gold.patient_clinical_summary as a value.")
        .def_readonly("patient_id", &PatientSummary::patient_id)
        .def_readonly("age", &PatientSummary::age)
        .def_readonly("sex", &PatientSummary::sex)
        .def_readonly("chief_complaint", &PatientSummary::chief_complaint)
        .def_property_readonly(
            "vitals",
            [](const PatientSummary& p) {
                std::map<std::string, VitalStatistics> out;
                for (const Vital vital : kVitals) out.emplace(name_of(vital), p.vital(vital));
                return out;
            },
            "{'heart_rate': VitalStatistics, ...}")
        .def_readonly("vital_count", &PatientSummary::vital_count)
        .def_readonly("history_count", &PatientSummary::history_count)
        .def_readonly("average_risk_score", &PatientSummary::average_risk_score)
        .def_readonly("max_risk_score", &PatientSummary::max_risk_score)
        .def_readonly("worst_news2", &PatientSummary::worst_news2)
        .def_readonly("news2_red", &PatientSummary::news2_red, "a single parameter of NEWS2 scored 3 in any row")
        .def_readonly("news2_red_parameters", &PatientSummary::news2_red_parameters)
        .def_readonly("diagnoses", &PatientSummary::diagnoses)
        .def_readonly("medications", &PatientSummary::medications)
        .def_readonly("allergies", &PatientSummary::allergies)
        .def_readonly("abnormal_results", &PatientSummary::abnormal_results)
        .def_readonly("imaging", &PatientSummary::imaging)
        .def("__repr__", [](const PatientSummary&) { return std::string("<PatientSummary>"); });
}

/// Of a table, or of rows just cleaned.
template <class Vitals>
Table summarise(const Vitals& vitals, const std::optional<Table>& history, const std::optional<Table>& emergency,
                const std::optional<Table>& imaging, const std::optional<Table>& labs, Micros aggregated_at,
                const RiskWeights& risk_weights, int spo2_scale) {
    SummaryOptions options;
    if (aggregated_at) options.aggregated_at = Timestamp{*aggregated_at};
    options.risk_weights = risk_weights;
    if (spo2_scale != 1 && spo2_scale != 2) {
        throw ValueError("summarise_patients: expected spo2_scale 1 or 2, got " + std::to_string(spo2_scale));
    }
    options.spo2_scale = spo2_scale == 2 ? Spo2Scale::Two : Spo2Scale::One;
    const PatientRecords records{history.value_or(Table()), emergency.value_or(Table()), imaging.value_or(Table()),
                                 labs.value_or(Table())};
    return to_table(summarise_patients(vitals, records, options));
}

std::pair<std::map<std::string, std::vector<AbnormalResult>>, std::map<std::string, index>> abnormal(
    const Table& labs, const std::map<std::string, std::string>& sex_of) {
    const AbnormalLabs found = abnormal_labs(labs, {sex_of.begin(), sex_of.end()});
    std::map<std::string, index> counts;
    for (const auto& [outcome, count] : found.counts) counts.emplace(name_of(outcome), count);
    return {{found.by_patient.begin(), found.by_patient.end()}, counts};
}

}  // namespace

void bind_patients(py::module_& m) {
    bind_values(m);
    const auto def_summarise = [&m](auto function) {
        m.def("summarise_patients", function, py::arg("vitals"), py::kw_only(), py::arg("history") = py::none(),
              py::arg("emergency") = py::none(), py::arg("imaging") = py::none(), py::arg("labs") = py::none(),
              py::arg("aggregated_at_micros") = py::none(), py::arg_v("risk_weights", RiskWeights{}, "RiskWeights()"),
              py::arg("spo2_scale") = 1, ReleaseGil());
    };
    def_summarise(&summarise<Table>);
    def_summarise(&summarise<CleanedVitals>);
    m.def("patient_summary", &patient_summary, py::arg("gold"), py::arg("row"),
          "Row `row` of a gold table as a value.");
    m.def(
        "patient_summary_schema", [] { return patient_summary_schema(); }, "Schema of gold.patient_clinical_summary.");
    m.def("to_table", &to_table, py::arg("patients"), "The gold table of these patients.");
    m.def("abnormal_labs", &abnormal, py::arg("labs"), py::kw_only(),
          py::arg("sex_of") = std::map<std::string, std::string>{}, ReleaseGil());
}

}  // namespace assay::bindings
