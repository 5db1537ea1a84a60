#include "assay/data/laboratory/read_fhir.hpp"

#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "data/fhir/documents.hpp"
#include "data/fhir/observation_reader.hpp"
#include "data/laboratory/csv_results.hpp"
#include "data/laboratory/result_files.hpp"

namespace assay::data {
namespace {

namespace fs = std::filesystem;

struct FhirFile {
    std::string name;
    std::string text;
    fhir::RawDocuments documents;
};

bool is_fhir_name(const fs::path& path) {
    std::string name = path.filename().string();
    for (const char* ending : {".gz", ".zst"}) {
        if (name.ends_with(ending)) name.erase(name.rfind('.'));
    }
    return name.ends_with(".json") || name.ends_with(".ndjson") || name.ends_with(".jsonl");
}

/// Files to one reading: first what observations refer to, then the observations.
class FhirReading {
  public:
    FhirReading(const ReadingOptions& options, std::vector<FhirFile> files)
        : options_(options),
          files_(std::move(files)),
          references_(options.patient_id_type),
          reader_(options, references_) {}

    ResultsReading run() {
        for (FhirFile& file : files_) file.documents = fhir::cut_documents(file.text);
        for_each([this](const fhir::json& resource, const fhir::Place& place) {
            references_.add(resource, place.full_url, place.scope);
        });
        for_each([this](const fhir::json& resource, const fhir::Place& place) { read(resource, place); }, true);
        return finish();
    }

  private:
    template <class Do>
    void for_each(Do act, bool refuses = false) {
        for (std::size_t i = 0; i < files_.size(); ++i) {
            for (const fhir::RawResource& raw : files_[i].documents.resources) visit(i, raw, act, refuses);
        }
    }

    template <class Do>
    void visit(std::size_t file, const fhir::RawResource& raw, Do act, bool refuses) {
        fhir::Place place{files_[file].name, raw.line, raw.byte_offset, raw.raw, {}, false, {}, {}};
        std::string_view fault = raw.fault;
        if (fault.empty() && static_cast<index>(raw.raw.size()) > options_.max_message_bytes)
            fault = "resource.too_long";
        fhir::ParsedJson parsed;
        if (fault.empty()) {
            parsed = fhir::parse_json(raw.raw);
            fault = parsed.fault;
        }
        if (!fault.empty()) {
            if (refuses) reader_.refuse(fault, "", place);
            return;
        }
        place.scope = std::to_string(file) + ":" + std::to_string(raw.bundle) + "\n";
        const bool in_bundle = raw.bundle >= 0;
        if (in_bundle) {
            const fhir::RawBundle& bundle = files_[file].documents.bundles[static_cast<std::size_t>(raw.bundle)];
            place.local_ids = bundle.type == "document" || bundle.type == "message" || bundle.type == "collection";
            place.bundle_time = bundle.timestamp;
            place.full_url = fhir::text_of(fhir::member(parsed.value, "fullUrl"));
        }
        act(in_bundle ? fhir::member(parsed.value, "resource") : parsed.value, place);
    }

    void read(const fhir::json& resource, const fhir::Place& place) {
        const std::string_view type = fhir::text_of(fhir::member(resource, "resourceType"));
        if (type == "Observation") return reader_.read(resource, fhir::json(), place);
        const fhir::json& contained = fhir::member(resource, "contained");
        index found = 0;
        for (std::size_t i = 0; i < fhir::count(contained); ++i) {
            const fhir::json& each = fhir::element(contained, i);
            if (fhir::text_of(fhir::member(each, "resourceType")) != "Observation") continue;
            read_contained(resource, each, contained, place);
            ++found;
        }
        if (found == 0 && type.empty()) {
            reader_.refuse("resource.type_missing", "", place);
        } else if (found == 0) {
            ++others_;
        }
    }

    /// Ids of contained resources mean something only inside; the resource around is their report.
    void read_contained(const fhir::json& report, const fhir::json& observation, const fhir::json& contained,
                        fhir::Place place) {
        place.scope += std::to_string(place.byte_offset) + "\n";
        place.local_ids = true;
        references_.add(report, "", place.scope);
        fhir::json completed = observation;
        for (const char* name : {"subject", "specimen"}) {
            if (completed.contains(name) || !report.is_object() || !report.contains(name)) continue;
            completed[name] = fhir::element(report[name], 0);
        }
        reader_.read(completed, contained, place);
    }

    ResultsReading finish() {
        ResultsReading out;
        out.rows_read = reader_.units_read();
        laboratory::Corrected corrected = laboratory::last_words(reader_.results.finish(), reader_.said_at);
        out.rows = std::move(corrected.rows);
        out.superseded = std::move(corrected.superseded);
        out.rejected = reader_.refused.finish();
        laboratory::remark_count(reader_.panels(), "observations only list members and are no results", out.remarks);
        laboratory::remark_count(others_, "resources of other kinds hold no results", out.remarks);
        laboratory::remark_count(out.superseded.num_rows(), "results were told again later", out.remarks);
        laboratory::remark_count(reader_.released_times(), "results have no time but that of their release",
                                 out.remarks);
        laboratory::remark_count(reader_.other_ranges(),
                                 "reference ranges hold for some patients only, or in another unit, and were left out",
                                 out.remarks);
        laboratory::remark_count(reader_.unread_reported(), laboratory::kUnreadReported, out.remarks);
        laboratory::remark_count(reader_.unread_statuses(), laboratory::kUnreadStatuses, out.remarks);
        laboratory::remark_count(reader_.unread_flags(), laboratory::kUnreadFlags, out.remarks);
        const index found = out.rows.num_rows() + out.superseded.num_rows() + out.rejected.num_rows();
        if (found != out.rows_read) {
            throw StateError("read_fhir: expected " + std::to_string(out.rows_read) + " results, got " +
                             std::to_string(found) + "; this is a defect of the reader");
        }
        return out;
    }

    const ReadingOptions& options_;
    std::vector<FhirFile> files_;
    fhir::References references_;
    fhir::ObservationReader reader_;
    index others_ = 0;
};

}  // namespace

ResultsReading read_fhir(const fs::path& path, const ReadingOptions& options) {
    std::vector<fs::path> paths;
    std::vector<std::string> others;
    for (fs::path& each : laboratory::files_in(path, options.skip)) {
        if (!fs::is_directory(path) || is_fhir_name(each)) {
            paths.push_back(std::move(each));
        } else {
            others.push_back(each.filename().string() + " was not read: its name is neither .json nor .ndjson");
        }
    }
    if (paths.empty()) throw IoError("read_fhir: expected .json or .ndjson files in the folder, got none");
    std::vector<FhirFile> files;
    for (const fs::path& each : paths) files.push_back({each.filename().string(), laboratory::whole_text(each), {}});
    ResultsReading out = FhirReading(options, std::move(files)).run();
    for (std::string& remark : others) out.remarks.push_back(std::move(remark));
    return out;
}

ResultsReading read_fhir_bytes(std::string_view bytes, const ReadingOptions& options, const std::string& name) {
    std::vector<FhirFile> files;
    files.push_back({name, std::string(bytes), {}});
    return FhirReading(options, std::move(files)).run();
}

}  // namespace assay::data
