#include "assay/data/laboratory/read_results.hpp"

#include <optional>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/laboratory/read_fhir.hpp"
#include "assay/data/laboratory/read_hl7.hpp"
#include "assay/data/laboratory/read_omop.hpp"
#include "assay/data/laboratory/read_results_csv.hpp"
#include "assay/data/select.hpp"
#include "data/laboratory/result_files.hpp"

namespace assay::data {
namespace {

namespace fs = std::filesystem;

ResultsKind kind_of_bytes(std::string_view head) {
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    while (!head.empty() && std::string_view(" \t\r\n\x0B").find(head.front()) != std::string_view::npos) {
        head.remove_prefix(1);
    }
    for (const char* start : {"MSH", "FHS", "BHS"}) {
        const bool named = head.starts_with(start) && head.size() > 3;
        if (named && head[3] != ',' && head[3] != ';' && head[3] != '\t' && head[3] != '_') return ResultsKind::Hl7;
    }
    if (head.starts_with("{") || head.starts_with("[")) return ResultsKind::Fhir;
    return ResultsKind::Csv;
}

/// A table's name in lower case, or nothing where the file is none.
std::string table_name(const fs::path& path) {
    std::string name = path.filename().string();
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto ending = name.find(".csv");
    return ending == std::string::npos ? std::string() : name.substr(0, ending);
}

ResultsKind kind_of_folder(const fs::path& folder) {
    const auto files = laboratory::files_in(folder);
    std::optional<ResultsKind> found;
    for (const fs::path& file : files) {
        const std::string table = table_name(file);
        if (table == "labevents") return ResultsKind::MimicIv;
        if (table == "measurement") return ResultsKind::Omop;
    }
    for (const fs::path& file : files) {
        const ResultsKind kind = results_kind(file);
        if (found && *found != kind) {
            throw ValueError("read_results: expected files of one kind in the folder, got " +
                             std::string(name_of(*found)) + " and " + std::string(name_of(kind)) +
                             "; put them into folders of their own");
        }
        found = kind;
    }
    if (!found) throw IoError("read_results: expected files of results in the folder, got none");
    return *found;
}

/// A folder of CSV files, one below the other.
ResultsReading read_csv_folder(const fs::path& folder, const ReadingOptions& options) {
    ResultsReading out;
    std::vector<Table> rows;
    std::vector<Table> rejected;
    for (const fs::path& file : laboratory::files_in(folder)) {
        const std::string name = file.filename().string();
        try {
            ResultsReading one = read_results_csv(file, options);
            rows.push_back(std::move(one.rows));
            rejected.push_back(one.rejected.table());
            out.rows_read += one.rows_read;
            for (std::string& remark : one.remarks) out.remarks.push_back(name + ": " + std::move(remark));
        } catch (const SchemaError&) {
            out.remarks.push_back(name + " was not read: it has no columns of results under usual names");
        }
    }
    if (rows.empty()) {
        throw SchemaError(
            "read_results: expected a CSV file with columns for a patient, a time, a test and a result, got none in "
            "the "
            "folder; map a laboratory's own headers (columns; --columns)");
    }
    out.rows = concat(std::span<const Table>(rows));
    out.rejected = Quarantine(concat(std::span<const Table>(rejected)));
    return out;
}

}  // namespace

std::string_view name_of(ResultsKind kind) noexcept {
    switch (kind) {
        case ResultsKind::Csv:
            return "csv";
        case ResultsKind::Hl7:
            return "hl7";
        case ResultsKind::Fhir:
            return "fhir";
        case ResultsKind::Omop:
            return "omop";
        case ResultsKind::MimicIv:
            return "mimic_iv";
    }
    return "";
}

ResultsKind results_kind(const fs::path& path) {
    constexpr std::size_t kHead = 4096;
    return fs::is_directory(path) ? kind_of_folder(path) : kind_of_bytes(laboratory::first_bytes(path, kHead));
}

ResultsReading read_results(const fs::path& path, const ReadingOptions& options) {
    switch (results_kind(path)) {
        case ResultsKind::Hl7:
            return read_hl7(path, options);
        case ResultsKind::Fhir:
            return read_fhir(path, options);
        case ResultsKind::Omop:
            return read_omop(path, options);
        case ResultsKind::MimicIv:
            return read_mimic_iv(path, options);
        case ResultsKind::Csv:
            break;
    }
    return fs::is_directory(path) ? read_csv_folder(path, options) : read_results_csv(path, options);
}

}  // namespace assay::data
