#include "assay/features/summarise_patients.hpp"

#include <chrono>
#include <cmath>
#include <random>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/dicom_metadata.hpp"
#include "assay/data/emergency_data.hpp"
#include "assay/data/lab_results.hpp"
#include "assay/data/medical_history.hpp"
#include "assay/features/clean_vitals.hpp"
#include "assay/features/detail/vital_kernels.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::features;
using data::Array;
using data::Table;

namespace {

using Numbers = std::vector<std::optional<double>>;
using Texts = std::vector<std::optional<std::string>>;
using Times = std::vector<std::optional<Timestamp>>;

Timestamp hour(double h) { return Timestamp{static_cast<std::int64_t>(h * 3.6e9)}; }

Table vitals_of(const Texts& ids, const Times& times, const Numbers& heart, const Numbers& systolic,
                const Numbers& diastolic, const Numbers& spo2, const Numbers& temperature, const Numbers& breathing) {
    return Table(data::VitalSigns::table_schema(),
                 {Array::of(ids), Array::of(times), Array::of(heart), Array::of(systolic), Array::of(diastolic),
                  Array::of(spo2), Array::of(temperature), Array::of(breathing)});
}

/// Made-up rows with nulls; `patients` in turn where `interleaved`, otherwise one after the other.
Table random_vitals(int rows, int patients, bool interleaved, unsigned seed) {
    std::mt19937 random(seed);
    Texts ids;
    Times times;
    std::array<Numbers, 6> values;
    const double centre[] = {80, 120, 75, 96, 37, 16};
    for (int i = 0; i < rows; ++i) {
        const int patient = interleaved ? i % patients : i * patients / rows;
        ids.emplace_back("P" + std::to_string(patient));
        times.emplace_back(hour(i * 0.25));
        for (std::size_t v = 0; v < 6; ++v) {
            const bool missing = random() % 7 == v;
            const double value = centre[v] + static_cast<double>(random() % 1000) / 50;
            values[v].push_back(missing ? std::nullopt : std::optional<double>(value));
        }
    }
    return vitals_of(ids, times, values[0], values[1], values[2], values[3], values[4], values[5]);
}

/// The same by the definitions, in long double, two passes.
VitalStatistics expected_statistics(const Table& vitals, const std::string& id, Vital vital) {
    VitalStatistics out;
    const Array& column = vitals.column(name_of(vital));
    const auto times = vitals.column("observed_at").values<Timestamp>();
    long double sum = 0, time = 0;
    std::vector<std::pair<long double, long double>> points;
    for (assay::index i = 0; i < vitals.num_rows(); ++i) {
        if (vitals.column("patient_id").text(i) != id || column.is_null(i)) continue;
        const double v = *column.get<double>(i);
        const Timestamp at = times[static_cast<std::size_t>(i)];
        points.emplace_back(static_cast<long double>(at.micros()) / 3.6e9L, v);
        sum += v;
        time += points.back().first;
        out.minimum = std::min(out.minimum.value_or(v), v);
        out.maximum = std::max(out.maximum.value_or(v), v);
        if (!out.last_at || at >= *out.last_at) {
            out.last = v;
            out.last_at = at;
        }
    }
    out.count = static_cast<assay::index>(points.size());
    const long double n = static_cast<long double>(points.size());
    long double sxx = 0, sxy = 0;
    for (const auto& [t, v] : points) {
        sxx += (t - time / n) * (t - time / n);
        sxy += (t - time / n) * (v - sum / n);
    }
    if (n > 0) out.average = static_cast<double>(sum / n);
    if (sxx > 0) out.slope_per_hour = static_cast<double>(sxy / sxx);
    return out;
}

void check_against_definitions(const Table& vitals) {
    for (const PatientSummary& p : summarise_patients(vitals)) {
        for (const Vital vital : kVitals) {
            const VitalStatistics want = expected_statistics(vitals, p.patient_id, vital);
            const VitalStatistics& got = p.vital(vital);
            CHECK(got.count == want.count);
            CHECK(*got.average == Approx(*want.average).epsilon(1e-13));
            CHECK(got.minimum == want.minimum);
            CHECK(got.maximum == want.maximum);
            CHECK(got.last == want.last);
            CHECK(got.last_at == want.last_at);
            CHECK(*got.slope_per_hour == Approx(*want.slope_per_hour).epsilon(1e-9));
        }
        double sum = 0, most = 0;
        assay::index count = 0;
        for (assay::index i = 0; i < vitals.num_rows(); ++i) {
            if (vitals.column("patient_id").text(i) != p.patient_id) continue;
            const auto value = [&](const char* name) { return vitals.column(name).get<double>(i).value_or(kMissing); };
            const double score = risk_score(value("heart_rate"), value("systolic_bp"), value("spo2"),
                                            value("respiratory_rate"), value("temperature"));
            if (std::isnan(score)) continue;
            sum += score;
            most = std::max(most, score);
            ++count;
        }
        CHECK(*p.average_risk_score == Approx(sum / static_cast<double>(count)).epsilon(1e-13));
        CHECK(*p.max_risk_score == most);
    }
}

}  // namespace

TEST_CASE("statistics of vital signs follow their definitions") {
    check_against_definitions(random_vitals(700, 3, false, 1));
    check_against_definitions(random_vitals(700, 3, true, 2));
    check_against_definitions(random_vitals(6000, 2, false, 3));  // several pieces a patient
    check_against_definitions(random_vitals(900, 3, false, 4).slice(5, 880));
    check_against_definitions(random_vitals(20'000, 2, true, 6));   // scattered, several pieces a patient
    check_against_definitions(random_vitals(3'000, 150, true, 7));  // several buckets
    check_against_definitions(random_vitals(900, 40, true, 8).slice(7, 871));
}

TEST_CASE("every instruction set and number of threads gives the same bits") {
    const bool interleaved = GENERATE(false, true);
    const Table vitals = random_vitals(600'000, interleaved ? 1000 : 7, interleaved, 5);
    const auto& all = features::detail::available_vital_kernels();
    const auto& chosen = features::detail::vital_kernels();
    const int threads = num_threads();
    const auto expected = summarise_patients(vitals);
    for (const auto* kernels : all) {
        INFO(kernels->name);
        features::detail::use_vital_kernels(*kernels);
        CHECK(summarise_patients(vitals) == expected);
    }
    features::detail::use_vital_kernels(chosen);
    for (const int n : {1, 2, 5}) {
        set_num_threads(n);
        CHECK(summarise_patients(vitals) == expected);
    }
    set_num_threads(threads);
}

TEST_CASE("rows just cleaned give what the same rows give") {
    const bool interleaved = GENERATE(false, true);
    const Table vitals = random_vitals(30'000, 100, interleaved, 9);
    const CleanedVitals cleaned = clean_vitals(vitals);
    REQUIRE(cleaned.groups);
    CHECK(summarise_patients(cleaned) == summarise_patients(cleaned.rows));

    const CleanedVitals part = clean_vitals(vitals.slice(5, 20'000));
    CHECK(summarise_patients(part) == summarise_patients(part.rows));

    // Rows that somebody puts in place of the cleaned ones are grouped anew.
    CleanedVitals other = cleaned;
    other.rows = cleaned.rows.slice(0, 29'000);
    CHECK(summarise_patients(other) == summarise_patients(other.rows));
    other.rows = clean_vitals(random_vitals(30'000, 60, interleaved, 10)).rows;
    CHECK(summarise_patients(other) == summarise_patients(other.rows));
}

TEST_CASE("rows just cleaned: those that fell out are in no summary") {
    const Texts ids{"A", "B", "A", std::nullopt, "B", "A"};
    const Times times{hour(0), hour(0), hour(0), hour(1), hour(1), std::nullopt};
    const Numbers heart{80, 90, 100, 110, 120, 130};
    const std::vector<data::Field> fields{{.name = "patient_id", .type = data::Type::Utf8, .nullable = true},
                                          {.name = "observed_at", .type = data::Type::Timestamp, .nullable = true},
                                          {.name = "heart_rate", .type = data::Type::Float64, .nullable = true}};
    const CleanedVitals cleaned =
        clean_vitals(Table(data::TableSchema(fields), {Array::of(ids), Array::of(times), Array::of(heart)}));
    CHECK_FALSE(cleaned.groups);
    const auto patients = summarise_patients(cleaned);
    REQUIRE(patients.size() == 2);
    CHECK(patients[0].vital_count == 1);  // the second of one time is merged into the first
    CHECK(patients[1].vital_count == 2);
    CHECK(patients == summarise_patients(cleaned.rows));
}

TEST_CASE("rows out of time order: last is the latest, slope is the same") {
    const Table vitals = vitals_of({"A", "A", "A"}, {hour(2), hour(0), hour(1)}, {80.0, 60.0, 70.0},
                                   {std::nullopt, 120.0, std::nullopt}, Numbers(3), Numbers(3), Numbers(3), Numbers(3));
    const PatientSummary p = summarise_patients(vitals).front();
    CHECK(p.vital(Vital::HeartRate).last == 80.0);
    CHECK(p.vital(Vital::HeartRate).last_at == hour(2));
    CHECK(*p.vital(Vital::HeartRate).slope_per_hour == Approx(10.0));
    CHECK(p.vital(Vital::SystolicBp).count == 1);
    CHECK_FALSE(p.vital(Vital::SystolicBp).slope_per_hour);
    CHECK(p.vital(Vital::Spo2) == VitalStatistics{});
    CHECK(p.first_observed_at == hour(0));
    CHECK(p.last_observed_at == hour(2));
    CHECK_FALSE(p.average_risk_score);
}

TEST_CASE("no slope where all rows have one time") {
    const Table vitals = vitals_of({"A", "A", "A"}, {hour(7), hour(7), hour(7)}, {80.0, 60.0, 70.0}, Numbers(3),
                                   Numbers(3), Numbers(3), Numbers(3), Numbers(3));
    CHECK_FALSE(summarise_patients(vitals).front().vital(Vital::HeartRate).slope_per_hour);
    CHECK(summarise_patients(vitals).front().vital(Vital::HeartRate).last == 70.0);
}

TEST_CASE("worst NEWS2 needs consciousness, oxygen and five vital signs") {
    const Table vitals =
        vitals_of({"A", "A", "A", "A"}, {hour(3), hour(0), hour(1), hour(2)}, {131.0, 131.0, 80.0, 131.0},
                  {120.0, 120.0, 120.0, 120.0}, Numbers(4), {97.0, 97.0, 97.0, std::nullopt}, {37.0, 37.0, 37.0, 37.0},
                  {16.0, 16.0, 16.0, 16.0});
    CHECK_FALSE(summarise_patients(vitals).front().worst_news2);
    const auto emergency = [](const char* level, std::optional<bool> oxygen, std::optional<std::int64_t> age = 58) {
        return Table(data::EmergencyData::table_schema(),
                     {Array::of(Texts{"A"}), Array::of(Times{hour(0)}), Array::of(Times{std::nullopt}),
                      Array::of(std::vector<std::optional<std::int64_t>>{age}), Array::of(Texts{"male"}),
                      Array::of(Texts{"cough"}), Array::of(std::vector<std::optional<std::int64_t>>{2}),
                      Array::of(Texts{level}), Array::of(std::vector<std::optional<bool>>{oxygen})});
    };
    const PatientSummary air = summarise_patients(vitals, {{}, emergency("A", false), {}, {}}).front();
    CHECK(air.worst_news2 == 3);
    CHECK(air.worst_news2_at == hour(0));  // the earliest of equal scores
    CHECK(air.age == 58);
    CHECK(air.sex == "male");
    CHECK(air.chief_complaint == "cough");
    CHECK(summarise_patients(vitals, {{}, emergency("V", true), {}, {}}).front().worst_news2 == 8);
    CHECK_FALSE(summarise_patients(vitals, {{}, emergency("A", std::nullopt), {}, {}}).front().worst_news2);
    CHECK_FALSE(summarise_patients(vitals, {{}, emergency("?", true), {}, {}}).front().worst_news2);
    CHECK_FALSE(summarise_patients(vitals, {{}, emergency("A", false, 15), {}, {}}).front().worst_news2);
    CHECK(summarise_patients(vitals, {{}, emergency("A", false, 16), {}, {}}).front().worst_news2 == 3);
    CHECK(summarise_patients(vitals, {{}, emergency("A", false, std::nullopt), {}, {}}).front().worst_news2 == 3);
}

namespace {

struct Arrival {
    std::optional<Timestamp> at, left;
    const char* level = "A";
    std::optional<bool> oxygen = false;
    std::optional<std::int64_t> age = 58;
    const char* sex = "male";
};

Table arrivals_of(const std::vector<Arrival>& arrivals) {
    Texts ids, sexes, levels;
    Times at, left;
    std::vector<std::optional<std::int64_t>> ages;
    std::vector<std::optional<bool>> oxygen;
    for (const Arrival& a : arrivals) {
        ids.emplace_back("A");
        at.push_back(a.at);
        left.push_back(a.left);
        ages.push_back(a.age);
        sexes.emplace_back(a.sex);
        levels.emplace_back(a.level);
        oxygen.push_back(a.oxygen);
    }
    const auto n = arrivals.size();
    return Table(
        data::EmergencyData::table_schema(),
        {Array::of(ids), Array::of(at), Array::of(left), Array::of(ages), Array::of(sexes), Array::of(Texts(n)),
         Array::of(std::vector<std::optional<std::int64_t>>(n)), Array::of(levels), Array::of(oxygen)});
}

/// Rows of patient A, one at each hour, all vital signs in the bands that score 0 but for the heart rates.
Table hourly(const Numbers& heart) {
    const auto n = heart.size();
    Times times;
    for (std::size_t i = 0; i < n; ++i) times.emplace_back(hour(static_cast<double>(i)));
    return vitals_of(Texts(n, "A"), times, heart, Numbers(n, 120.0), Numbers(n), Numbers(n, 97.0), Numbers(n, 37.0),
                     Numbers(n, 16.0));
}

PatientSummary with_arrivals(const Table& vitals, const std::vector<Arrival>& arrivals) {
    return summarise_patients(vitals, {{}, arrivals_of(arrivals), {}, {}}).front();
}

PatientSummary with_history(const Texts& categories, const Texts& texts, const Texts& statuses) {
    const auto n = categories.size();
    const Table history(data::MedicalHistory::table_schema(),
                        {Array::of(Texts(n, "A")), Array::of(Times(n)), Array::of(categories), Array::of(Texts(n)),
                         Array::of(texts), Array::of(statuses)});
    return summarise_patients(Table{}, {history, {}, {}, {}}).front();
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("each row is scored with the arrival that covers its time") {
    const Table vitals = hourly({80.0, 80.0, 80.0, 80.0, 80.0, 80.0});
    const Arrival alert{hour(1), {}}, confused{hour(3), {}, "C", true};
    CHECK(with_arrivals(vitals, {alert}).worst_news2 == 0);
    CHECK(with_arrivals(vitals, {alert}).worst_news2_at == hour(1));  // nothing covers the row before
    const PatientSummary both = with_arrivals(vitals, {confused, alert});
    CHECK(both.worst_news2 == 5);
    CHECK(both.worst_news2_at == hour(3));
    const Arrival confused_first{hour(0), hour(1), "C", true}, later{hour(4), {}};
    const PatientSummary earlier = with_arrivals(hourly({80.0, 80.0, 131.0, 80.0, 80.0}), {confused_first, later});
    CHECK(earlier.worst_news2 == 5);
    CHECK(earlier.worst_news2_at == hour(0));
    CHECK(with_arrivals(hourly({std::nullopt, std::nullopt, 131.0, 80.0}), {confused_first}).worst_news2 ==
          std::nullopt);  // after the departure
    CHECK_FALSE(with_arrivals(vitals, {{hour(6), {}}}).worst_news2);
    CHECK_FALSE(with_arrivals(vitals, {{std::nullopt, {}}}).worst_news2);
    CHECK_FALSE(with_arrivals(vitals, {{hour(3), hour(2)}}).worst_news2);
    CHECK(with_arrivals(vitals, {{hour(0), {}}, {hour(2), {}, "?", true}}).worst_news2_at == hour(0));
    CHECK(with_arrivals(vitals, {{hour(0), {}, "a"}}).worst_news2 == 0);
}

TEST_CASE("a single parameter of 3 is seen in any row, with or without a total") {
    const std::vector<Arrival> alert{{hour(0), {}}};
    const auto red = [](const PatientSummary& p) { return std::pair(p.news2_red, p.news2_red_parameters); };
    CHECK(red(with_arrivals(hourly({80.0}), alert)) == std::pair(std::optional(false), Strings{}));
    CHECK(red(with_arrivals(hourly({130.4}), alert)) == std::pair(std::optional(false), Strings{}));
    CHECK(red(with_arrivals(hourly({130.5}), alert)) == std::pair(std::optional(true), Strings{"heart_rate"}));
    CHECK(red(summarise_patients(hourly({80.0})).front()) == std::pair(std::optional<bool>(), Strings{}));
    CHECK(red(summarise_patients(hourly({40.0, 80.0})).front()) ==
          std::pair(std::optional(true), Strings{"heart_rate"}));
    CHECK(red(with_arrivals(hourly({131.0}), {{hour(0), {}, "A", false, 15}})) ==
          std::pair(std::optional<bool>(), Strings{}));
    CHECK(red(with_arrivals(hourly({80.0}), {{hour(0), {}, "V"}})) ==
          std::pair(std::optional(true), Strings{"consciousness"}));
    // Another row than that of the worst total: 131 /min alone (3) against three parameters of 2, 1 and 1 (4).
    const Table apart = vitals_of({"A", "A"}, {hour(0), hour(1)}, {131.0, 95.0}, {120.0, 105.0}, Numbers(2),
                                  {97.0, 93.0}, {37.0, 37.0}, {16.0, 16.0});
    const PatientSummary p = with_arrivals(apart, alert);
    CHECK(p.worst_news2 == 4);
    CHECK(p.news2_red == true);
    const Table all = vitals_of({"A"}, {hour(0)}, {40.0}, {220.0}, Numbers(1), {91.0}, {35.0}, {25.0});
    CHECK(summarise_patients(all).front().news2_red_parameters ==
          Strings{"respiratory_rate", "spo2", "systolic_bp", "heart_rate", "temperature"});
    CHECK(summarise_patients(vitals_of({"A"}, {hour(0)}, {41.0}, {219.0}, Numbers(1), {92.0}, {42.0}, {24.0}))
              .front()
              .news2_red == std::nullopt);
}

TEST_CASE("on scale 2 a saturation of 97 % scores 3 on oxygen only") {
    SummaryOptions options;
    options.spo2_scale = Spo2Scale::Two;
    const auto parameters = [&](bool oxygen) {
        return summarise_patients(hourly({80.0}), {{}, arrivals_of({{hour(0), {}, "A", oxygen}}), {}, {}}, options)
            .front()
            .news2_red_parameters;
    };
    CHECK(parameters(true) == Strings{"spo2"});
    CHECK(parameters(false).empty());
}

TEST_CASE("ages that nobody has are left out") {
    const auto age = [](std::optional<std::int64_t> years) {
        return with_arrivals(hourly({80.0}), {{hour(0), {}, "A", false, years}}).age;
    };
    CHECK(age(0) == 0);
    CHECK(age(130) == 130);
    CHECK(age(91) == 91);
    CHECK_FALSE(age(131));
    CHECK_FALSE(age(-1));
    CHECK_FALSE(age(4294967354));  // 58 in its lower 32 bits
    CHECK(with_arrivals(hourly({80.0}), {{hour(1), {}, "A", false, 999}, {hour(0), {}, "A", false, 60}}).age == 60);
}

TEST_CASE("sex, category and status are read in any case") {
    const auto sex = [](const char* text) {
        return with_arrivals(hourly({80.0}), {{hour(0), {}, "A", false, 58, text}}).sex;
    };
    for (const char* text : {"male", "Male", "MALE", "M", "m", " male "}) CHECK(sex(text) == "male");
    for (const char* text : {"female", "Female", "F", "f"}) CHECK(sex(text) == "female");
    for (const char* text : {"unknown", "", "X"}) CHECK(sex(text) == "");
    const PatientSummary p = with_history({"Diagnosis", "MEDICATION", "Allergy"}, {"Asthma", "salbutamol", "latex"},
                                          {"Resolved", "STOPPED", "Active"});
    CHECK(p.diagnoses == Strings{"Asthma (resolved)"});
    CHECK(p.medications.empty());
    CHECK(p.allergies == Strings{"latex"});
}

TEST_CASE("statuses of FHIR R4 and of exports decide on an entry, one that is not known keeps it") {
    const auto kept = [](const char* category, const char* status) {
        const PatientSummary p = with_history({category}, {"x"}, {status});
        const auto& list = category == std::string("diagnosis") ? p.diagnoses
                           : category == std::string("allergy") ? p.allergies
                                                                : p.medications;
        return list.empty() ? std::string("none") : list.front();
    };
    for (const char* over : {"completed", "stopped", "cancelled", "canceled", "entered-in-error", "Entered in Error",
                             "not-taken", "not_taken", "not-done", "declined", "revoked", "discontinued",
                             "Discontinued", "inactive", "expired", "ended"}) {
        CAPTURE(over);
        CHECK(kept("medication", over) == "none");
    }
    for (const char* taken : {"active", "", "on-hold", "draft", "intended", "unknown", "whatever"}) {
        CAPTURE(taken);
        CHECK(kept("medication", taken) == "x");
    }
    CHECK(kept("diagnosis", "inactive") == "x (inactive)");
    CHECK(kept("diagnosis", "remission") == "x (in remission)");
    CHECK(kept("diagnosis", "refuted") == "x (refuted)");
    CHECK(kept("diagnosis", "recurrence") == "x");
    CHECK(kept("diagnosis", "entered-in-error") == "none");
    CHECK(kept("allergy", "refuted") == "x (refuted)");
    CHECK(kept("allergy", "resolved") == "x (resolved)");
    CHECK(kept("allergy", "inactive") == "x (inactive)");
    CHECK(kept("allergy", "unconfirmed") == "x");
    CHECK(kept("allergy", "entered-in-error") == "none");
}

TEST_CASE("a history of many distinct texts is read in one pass") {
    constexpr int kTexts = 200'000;  // by comparing each with each this took a minute
    Texts texts;
    for (int i = 0; i < kTexts; ++i) texts.emplace_back("finding " + std::to_string(i % (kTexts / 2)));
    const auto started = std::chrono::steady_clock::now();
    const PatientSummary p = with_history(Texts(kTexts, "diagnosis"), texts, Texts(kTexts));
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(10));
    REQUIRE(p.diagnoses.size() == kTexts / 2);
    CHECK(p.diagnoses.front() == "finding 0");
    CHECK(p.diagnoses.back() == "finding " + std::to_string(kTexts / 2 - 1));
}

TEST_CASE("every patient of any table gets a row, sorted by id") {
    const Table history(data::MedicalHistory::table_schema(),
                        {Array::of(Texts{"C", "C", "C", "C", "C", "C"}), Array::of(Times(6, std::nullopt)),
                         Array::of(Texts{"diagnosis", "diagnosis", "medication", "medication", "allergy", "diagnosis"}),
                         Array::of(Texts{"icd10|A15.0", "icd9|4139", "1", "2", "3", "icd10|A15.0"}),
                         Array::of(Texts{"Pulmonary tuberculosis", std::nullopt, "isoniazid", "amoxicillin",
                                         "penicillin", "Pulmonary tuberculosis"}),
                         Array::of(Texts{"active", "resolved", std::nullopt, "completed", "active", "active"})});
    const Table imaging(data::DicomMetadata::table_schema(),
                        {Array::of(Texts{"B", "B"}), Array::of(Texts{"1", "2"}), Array::of(Times{hour(24), hour(0)}),
                         Array::of(Texts{"CR", "CT"}), Array::of(Texts{"CHEST", "HEAD"}), Array::of(Texts(2)),
                         Array::of(Texts(2)), Array::of(Texts(2))});
    const Table labs(data::LabResults::table_schema(),
                     {Array::of(Texts{"D", "E"}), Array::of(Times{hour(0), hour(0)}), Array::of(Texts(2)),
                      Array::of(Texts{"Potassium", "Potassium"}), Array::of(Texts{"2823-3", "2823-3"}),
                      Array::of(Numbers{6.1, 4.0}), Array::of(Texts{"mEq/L", "mEq/L"})});
    SummaryOptions options;
    options.aggregated_at = hour(1000);
    const auto all =
        summarise_patients(vitals_of({"A"}, {hour(0)}, {80.0}, {120.0}, Numbers(1), {97.0}, Numbers(1), Numbers(1)),
                           {history, {}, imaging, labs}, options);
    REQUIRE(all.size() == 5);
    CHECK(all[0].vital_count == 1);
    CHECK(all[0].average_risk_score == 0.0);
    CHECK(all[1].imaging == "CR chest, 1970-01-02");
    CHECK(all[2].diagnoses == std::vector<std::string>{"Pulmonary tuberculosis", "icd9|4139 (resolved)"});
    CHECK(all[2].medications == std::vector<std::string>{"isoniazid"});
    CHECK(all[2].allergies == std::vector<std::string>{"penicillin"});
    CHECK(all[2].history_count == 6);
    REQUIRE(all[3].abnormal_results.size() == 1);
    CHECK(all[3].abnormal_results[0].high);
    CHECK(all[4].abnormal_results.empty());
    for (const auto& p : all) CHECK(p.aggregated_at == hour(1000));

    const Table gold = to_table(all);
    for (assay::index i = 0; i < gold.num_rows(); ++i)
        CHECK(patient_summary(gold, i) == all[static_cast<std::size_t>(i)]);
    CHECK_THROWS_AS(patient_summary(gold, 5), ShapeError);
    CHECK(summarise_patients(Table{}).empty());
    CHECK(to_table({}).num_rows() == 0);
}
