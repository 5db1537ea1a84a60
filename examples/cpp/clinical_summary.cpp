// From a patient's folder to gold, a note, a verdict and an MLflow record, without Python.
//
//   clinical_summary FOLDER OUT [AGGREGATED_AT]
//
// Reads the CSV files of FOLDER and writes OUT/gold.csv, OUT/note_<patient>.md, OUT/verdict_<patient>.json and what was
// not accepted. The run is logged to OUT/journal; where MLFLOW_TRACKING_URI names a server it is delivered there.
// AGGREGATED_AT (ISO-8601) stands in the gold table; the present where it is not given.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "assay/base/file.hpp"
#include "assay/base/time.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/csv_writer.hpp"
#include "assay/data/dicom_metadata.hpp"
#include "assay/data/emergency_data.hpp"
#include "assay/data/medical_history.hpp"
#include "assay/data/vital_signs.hpp"
#include "assay/features/clean_vitals.hpp"
#include "assay/features/summarise_patients.hpp"
#include "assay/judge/grounded_judge.hpp"
#include "assay/models/template_note.hpp"
#include "assay/tracking/run.hpp"
#include "assay/tracking/sync.hpp"

namespace {

using namespace assay;
namespace fs = std::filesystem;

/// Rows of one file under canonical names; limits are the cleaning's business, so the reader keeps what it can hold.
template <class S>
data::TypedTable<S> read(const fs::path& file, const fs::path& out) {
    data::CsvOptions options;
    options.names = data::NameMap::clinical();
    options.missing_as_null = true;
    options.enforce_limits = false;
    auto [rows, rejected, report] = data::read_csv<S>(file, options);
    std::cout << file.filename().string() << ": " << report.rows_read << " rows, " << report.rows_quarantined
              << " quarantined\n";
    if (rejected.num_rows() > 0) data::write_csv(rejected.table(), out / ("quarantine_" + file.filename().string()));
    return rows;
}

void judge_patient(const features::PatientSummary& patient, const fs::path& out) {
    const models::SoapNote note = models::TemplateNoteWriter{}.write(patient);
    const std::string text = models::to_markdown(note);
    const judge::Verdict verdict = judge::GroundedJudge{}.judge(text, patient);
    write_file_atomic(out / ("note_" + patient.patient_id + ".md"), text);
    write_file_atomic(out / ("verdict_" + patient.patient_id + ".json"), judge::to_json(verdict));

    tracking::Run run{{.experiment = "assay/Judge_Evaluation",
                       .run_name = "judge_eval_" + patient.patient_id,
                       .journal = out / "journal"}};
    run.log_metrics(verdict.metrics());
    run.log_text(text, "soap_notes/" + patient.patient_id + ".md");
    std::cout << "note of " << patient.patient_id << ": " << models::word_count(note) << " words, judged "
              << verdict.overall << (verdict.passed ? " (passed)" : " (failed)") << '\n';
}

void deliver(const fs::path& journal) {
    const char* uri = std::getenv("MLFLOW_TRACKING_URI");
    if (uri == nullptr) {
        std::cout << "the run waits in " << journal.string() << "; set MLFLOW_TRACKING_URI to deliver it\n";
        return;
    }
    const tracking::MlflowClient client(tracking::resolve_tracking_uri(uri));
    const tracking::SyncReport report = tracking::sync(journal, client);
    std::cout << report.metrics << " metrics delivered to " << client.url()
              << (report.complete ? "\n" : ", the rest waits: " + report.stopped_by + "\n");
}

void summarise(const fs::path& folder, const fs::path& out, Timestamp aggregated_at) {
    const auto vitals = read<data::VitalSigns>(folder / "vital_signs.csv", out);
    features::PatientRecords records;
    records.history = read<data::MedicalHistory>(folder / "medical_history.csv", out).table();
    records.emergency = read<data::EmergencyData>(folder / "emergency_data.csv", out).table();
    records.imaging = read<data::DicomMetadata>(folder / "dicom_metadata.csv", out).table();

    const features::CleanedVitals cleaned = features::clean_vitals(vitals.table());
    features::SummaryOptions options;
    options.aggregated_at = aggregated_at;
    const auto patients = features::summarise_patients(cleaned, records, options);
    data::write_csv(cleaned.quarantine, out / "quarantine_measurements.csv");
    data::write_csv(features::to_table(patients), out / "gold.csv");
    for (const auto& patient : patients) judge_patient(patient, out);
}

}  // namespace

int main(int argc, char* argv[]) {
    if (argc < 3) {
        std::cerr << "usage: clinical_summary FOLDER OUT [AGGREGATED_AT]\n";
        return 2;
    }
    try {
        const auto at = argc > 3 ? parse_timestamp(argv[3]) : now();
        if (!at) throw ValueError("clinical_summary: expected AGGREGATED_AT as ISO-8601, such as 2026-01-06T08:00:00Z");
        fs::create_directories(argv[2]);
        summarise(argv[1], argv[2], *at);
        deliver(fs::path(argv[2]) / "journal");
    } catch (const std::exception& error) {
        std::cerr << "clinical_summary: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
