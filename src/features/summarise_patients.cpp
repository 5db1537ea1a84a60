#include "assay/features/summarise_patients.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "assay/base/date.hpp"
#include "assay/base/error.hpp"
#include "assay/data/detail/folded.hpp"
#include "assay/data/dicom_metadata.hpp"
#include "assay/data/emergency_data.hpp"
#include "assay/data/lab_results.hpp"
#include "assay/data/medical_history.hpp"
#include "assay/features/detail/entry_status.hpp"
#include "assay/features/detail/numeric_column.hpp"
#include "assay/features/detail/patient_groups.hpp"
#include "assay/features/detail/vital_statistics.hpp"
#include "assay/features/detail/worst_news2.hpp"

namespace assay::features {
namespace {

using data::Array;
using data::Table;
using data::Type;

/// Patients by id: sorted, each once.
using Patients = std::map<std::string, PatientSummary, std::less<>>;

constexpr int kNews2Age = 16;  // years; the score does not hold below (RCP 2017)

bool is_child(const PatientSummary& p) { return p.age && *p.age < kNews2Age; }

bool absent(const Table& table) { return table.num_columns() == 0; }

PatientSummary& patient_of(Patients& patients, std::string_view id) {
    const auto found = patients.find(id);
    if (found != patients.end()) return found->second;
    PatientSummary& added = patients[std::string(id)];
    added.patient_id = id;
    return added;
}

/// A column of a record table; a table may lack the optional ones.
class RecordColumn {
  public:
    RecordColumn(const Table& table, std::string_view name, Type type)
        : column_(table.has_column(name) ? &detail::expect_column(table, name, type) : nullptr) {}

    std::string_view text(index row) const {
        return column_ == nullptr || column_->is_null(row) ? std::string_view{} : column_->text(row);
    }
    template <class T>
    std::optional<T> get(index row) const {
        return column_ == nullptr ? std::nullopt : column_->get<T>(row);
    }

  private:
    const Array* column_;
};

/// Texts in order of appearance, each once. Cost: one hash a text.
class Distinct {
  public:
    explicit Distinct(std::vector<std::string>& list) : list_(&list) {}

    void add(std::string text) {
        if (text.empty() || !seen_.insert(text).second) return;
        list_->push_back(std::move(text));
    }

  private:
    std::vector<std::string>* list_;
    std::unordered_set<std::string> seen_;
};

/// The lists of one patient.
struct HistoryLists {
    explicit HistoryLists(PatientSummary& p)
        : patient(&p), diagnoses(p.diagnoses), medications(p.medications), allergies(p.allergies) {}

    PatientSummary* patient;
    Distinct diagnoses;
    Distinct medications;
    Distinct allergies;
};

void add_entry(HistoryLists& lists, std::string_view category, std::string_view status, std::string text) {
    if (text.empty() || status == "entered-in-error") return;
    if (category == "medication") {
        if (!detail::ends_medication(status)) lists.medications.add(std::move(text));
        return;
    }
    if (category != "diagnosis" && category != "allergy") return;
    const std::string_view said =
        category == "diagnosis" ? detail::said_of_diagnosis(status) : detail::said_of_allergy(status);
    if (!said.empty()) text.append(" (").append(said).append(")");
    (category == "diagnosis" ? lists.diagnoses : lists.allergies).add(std::move(text));
}

void read_history(const Table& history, Patients& patients) {
    if (absent(history)) return;
    const Array& ids = detail::expect_column(history, "patient_id", Type::Utf8);
    const Array& categories = detail::expect_column(history, "category", Type::Utf8);
    const RecordColumn codes(history, "code", Type::Utf8);
    const RecordColumn texts(history, "description", Type::Utf8);
    const RecordColumn statuses(history, "status", Type::Utf8);
    std::unordered_map<std::string_view, HistoryLists> lists_of;
    for (index row = 0; row < history.num_rows(); ++row) {
        if (ids.is_null(row) || ids.text(row).empty()) continue;
        const std::string_view id = ids.text(row);
        auto known = lists_of.find(id);
        if (known == lists_of.end()) known = lists_of.emplace(id, HistoryLists(patient_of(patients, id))).first;
        ++known->second.patient->history_count;
        if (categories.is_null(row)) continue;
        const std::string_view text = texts.text(row).empty() ? codes.text(row) : texts.text(row);
        add_entry(known->second, detail::folded_code(categories.text(row)), detail::folded_code(statuses.text(row)),
                  std::string(text));
    }
}

/// Rows of one patient from the latest time to the earliest; no time is earliest of all, ties in reverse order.
std::map<std::string_view, std::vector<index>> latest_first(const Table& table, std::string_view time) {
    const Array& ids = detail::expect_column(table, "patient_id", Type::Utf8);
    const RecordColumn times(table, time, Type::Timestamp);
    std::map<std::string_view, std::vector<index>> rows;
    for (index row = 0; row < table.num_rows(); ++row) {
        if (ids.is_valid(row) && !ids.text(row).empty()) rows[ids.text(row)].push_back(row);
    }
    for (auto& [id, of_patient] : rows) {
        std::sort(of_patient.begin(), of_patient.end(), [&](index a, index b) {
            const auto at_a = times.get<Timestamp>(a), at_b = times.get<Timestamp>(b);
            return at_a != at_b ? at_a > at_b : a > b;
        });
    }
    return rows;
}

std::optional<Consciousness> consciousness_of(std::string_view acvpu) {
    if (acvpu == "a") return Consciousness::Alert;
    if (acvpu == "c") return Consciousness::NewConfusion;
    if (acvpu == "v") return Consciousness::Voice;
    if (acvpu == "p") return Consciousness::Pain;
    if (acvpu == "u") return Consciousness::Unresponsive;
    return std::nullopt;
}

/// Years in the limits of data::Age; what lies outside is no age.
std::optional<int> age_of(std::optional<std::int64_t> years) {
    static const data::Range possible = *data::Age::field().outlier;
    if (!years || !possible.contains(static_cast<double>(*years))) return std::nullopt;
    return static_cast<int>(*years);
}

std::string_view sex_of(std::string_view recorded) {
    const std::string text = detail::folded_code(recorded);
    if (text == "male" || text == "m") return "male";
    if (text == "female" || text == "f") return "female";
    return {};
}

using Arrivals = std::map<std::string, detail::News2Arrivals, std::less<>>;

/// Fills age, sex and complaint; returns the arrivals by patient, but for children, for whom NEWS2 does not hold.
Arrivals read_emergency(const Table& emergency, Patients& patients) {
    Arrivals arrivals;
    if (absent(emergency)) return arrivals;
    const RecordColumn arrived(emergency, "arrived_at", Type::Timestamp);
    const RecordColumn departed(emergency, "departed_at", Type::Timestamp);
    const RecordColumn ages(emergency, "age", Type::Int64);
    const RecordColumn sexes(emergency, "sex", Type::Utf8);
    const RecordColumn complaints(emergency, "chief_complaint", Type::Utf8);
    const RecordColumn levels(emergency, "consciousness", Type::Utf8);
    const RecordColumn oxygen(emergency, "on_oxygen", Type::Bool);
    for (const auto& [id, rows] : latest_first(emergency, "arrived_at")) {
        PatientSummary& p = patient_of(patients, id);
        detail::News2Arrivals of_patient;
        for (const index row : rows) {
            if (!p.age) p.age = age_of(ages.get<std::int64_t>(row));
            if (p.sex.empty()) p.sex = sex_of(sexes.text(row));
            if (p.chief_complaint.empty()) p.chief_complaint = complaints.text(row);
            const auto at = arrived.get<Timestamp>(row);
            if (!at) continue;  // covers no time that is known
            const auto level = consciousness_of(detail::folded_code(levels.text(row)));
            const auto given = oxygen.get<bool>(row);
            detail::News2Arrival arrival{*at, departed.get<Timestamp>(row), std::nullopt};
            if (level && given) arrival.state = detail::News2State{*level, *given};
            of_patient.push_back(arrival);
        }
        if (is_child(p)) continue;
        std::reverse(of_patient.begin(), of_patient.end());
        arrivals.emplace(std::string(id), std::move(of_patient));
    }
    return arrivals;
}

void read_imaging(const Table& imaging, Patients& patients) {
    if (absent(imaging)) return;
    const RecordColumn modalities(imaging, "modality", Type::Utf8);
    const RecordColumn parts(imaging, "body_part", Type::Utf8);
    const RecordColumn times(imaging, "study_at", Type::Timestamp);
    for (const auto& [id, rows] : latest_first(imaging, "study_at")) {
        PatientSummary& p = patient_of(patients, id);
        const index row = rows.front();
        p.imaging = modalities.text(row);
        if (!parts.text(row).empty()) {
            if (!p.imaging.empty()) p.imaging += " ";
            p.imaging += data::detail::lower(parts.text(row));
        }
        if (const auto at = times.get<Timestamp>(row)) {
            p.imaging += (p.imaging.empty() ? "study, " : ", ") + to_iso8601(*at).substr(0, 10);
        }
    }
}

void read_labs(const Table& labs, const LabOptions& options, Patients& patients) {
    if (absent(labs)) return;
    const Array& ids = detail::expect_column(labs, "patient_id", Type::Utf8);
    for (const std::string_view id : detail::group_by_patient(ids).ids) {
        if (!id.empty()) patient_of(patients, id);
    }
    std::map<std::string, std::string, std::less<>> sex_of;
    for (const auto& [id, p] : patients) sex_of.emplace(id, p.sex);
    AbnormalLabs found = abnormal_labs(labs, sex_of, options);
    for (auto& [id, results] : found.by_patient) patient_of(patients, id).abnormal_results = std::move(results);
}

void expect_vitals(const Table& vitals) {
    detail::expect_column(vitals, "patient_id", Type::Utf8);
    if (detail::expect_column(vitals, "observed_at", Type::Timestamp).null_count() > 0) {
        throw SchemaError("summarise_patients: expected no nulls in column 'observed_at'; run clean_vitals first");
    }
    for (const Vital vital : kVitals) {
        if (vitals.has_column(name_of(vital))) detail::expect_column(vitals, name_of(vital), Type::Float64);
    }
}

void read_vitals(const Table& vitals, const detail::PatientGroups& groups, const SummaryOptions& options,
                 const Arrivals& arrivals, Patients& patients) {
    const auto statistics = detail::vital_statistics(vitals, groups, options.risk_weights);
    std::vector<detail::News2Arrivals> arrivals_of(groups.ids.size());
    for (std::size_t i = 0; i < groups.ids.size(); ++i) {
        if (const auto at = arrivals.find(groups.ids[i]); at != arrivals.end()) arrivals_of[i] = at->second;
    }
    const auto worst = detail::worst_news2(vitals, groups, arrivals_of, options.spo2_scale);
    for (std::size_t i = 0; i < groups.ids.size(); ++i) {
        if (groups.ids[i].empty()) continue;
        PatientSummary& p = patient_of(patients, groups.ids[i]);
        p.vitals = statistics[i].vitals;
        p.vital_count = statistics[i].rows;
        p.first_observed_at = statistics[i].first_at;
        p.last_observed_at = statistics[i].last_at;
        p.average_risk_score = statistics[i].average_risk;
        p.max_risk_score = statistics[i].max_risk;
        p.worst_news2 = worst[i].score;
        p.worst_news2_at = worst[i].at;
        if (is_child(p)) continue;
        p.news2_red_parameters = detail::red_parameters(p, worst[i], options.spo2_scale);
        if (!p.news2_red_parameters.empty() || p.worst_news2) p.news2_red = !p.news2_red_parameters.empty();
    }
}

/// @param grouped  the rows of `vitals` by patient, if that is known
std::vector<PatientSummary> summarise(const Table& vitals, const detail::GroupedIds* grouped,
                                      const PatientRecords& records, const SummaryOptions& options) {
    Patients patients;
    const Arrivals arrivals = read_emergency(records.emergency, patients);
    if (!absent(vitals)) {
        expect_vitals(vitals);
        validate(options.risk_weights);
        const Array& ids = vitals.column("patient_id");
        if (grouped != nullptr && grouped->are_of(ids)) {
            read_vitals(vitals, grouped->groups, options, arrivals, patients);
        } else {
            read_vitals(vitals, detail::group_by_patient(ids), options, arrivals, patients);
        }
    }
    read_history(records.history, patients);
    read_imaging(records.imaging, patients);
    read_labs(records.labs, options.labs, patients);
    std::vector<PatientSummary> out;
    out.reserve(patients.size());
    for (auto& [id, p] : patients) {
        p.aggregated_at = options.aggregated_at;
        out.push_back(std::move(p));
    }
    return out;
}

}  // namespace

std::vector<PatientSummary> summarise_patients(const Table& vitals, const PatientRecords& records,
                                               const SummaryOptions& options) {
    return summarise(vitals, nullptr, records, options);
}

std::vector<PatientSummary> summarise_patients(const CleanedVitals& vitals, const PatientRecords& records,
                                               const SummaryOptions& options) {
    return summarise(vitals.rows, vitals.groups.get(), records, options);
}

}  // namespace assay::features
