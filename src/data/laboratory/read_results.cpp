#include "assay/data/laboratory/read_results.hpp"

#include <map>
#include <optional>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/csv.hpp"
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

ResultsKind kind_of_folder(const fs::path& folder, const std::vector<std::string>& skip) {
    const auto files = laboratory::files_in(folder, skip);
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
                             "; put them into folders of their own, or leave some out (skip; --skip)");
        }
        found = kind;
    }
    if (!found) throw IoError("read_results: expected files of results in the folder, got none");
    return *found;
}

/// The options for each file of a folder: of the headers that were named, those that the file has.
/// @throws SchemaError where no file has one of them.
std::vector<ReadingOptions> options_by_file(const std::vector<fs::path>& files, const ReadingOptions& options) {
    std::vector<ReadingOptions> out;
    std::map<std::string, std::string> unseen = options.columns;
    for (const fs::path& file : files) {
        ReadingOptions& own = out.emplace_back(options);
        own.columns.clear();
        for (const std::string& name : options.columns.empty() ? std::vector<std::string>() : csv_header(file)) {
            const auto given = options.columns.find(name);
            if (given == options.columns.end()) continue;
            own.columns.insert(*given);
            unseen.erase(name);
        }
    }
    if (!unseen.empty()) {
        throw SchemaError("read_results: columns: no file of the folder has a column '" + unseen.begin()->first + "'");
    }
    return out;
}

/// A folder of CSV files, one below the other. A file that is not understood may hold results: it stops the reading.
ResultsReading read_csv_folder(const fs::path& folder, const ReadingOptions& options) {
    ResultsReading out;
    std::vector<Table> rows;
    std::vector<Table> rejected;
    std::string unknown;
    const std::vector<fs::path> files = laboratory::files_in(folder, options.skip);
    const std::vector<ReadingOptions> own = options_by_file(files, options);
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string name = files[i].filename().string();
        try {
            ResultsReading one = read_results_csv(files[i], own[i]);
            rows.push_back(std::move(one.rows));
            rejected.push_back(one.rejected.table());
            out.rows_read += one.rows_read;
            for (std::string& remark : one.remarks) out.remarks.push_back(name + ": " + std::move(remark));
        } catch (const SchemaError&) {
            unknown += (unknown.empty() ? "" : ", ") + name;
        }
    }
    if (!unknown.empty()) {
        throw SchemaError(
            "read_results: expected columns for a patient, a time, a test and a result in every CSV file of the "
            "folder, got others in " +
            unknown +
            "; map a laboratory's own headers (columns; --columns), or leave a file out that holds no results (skip; "
            "--skip)");
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

ResultsKind results_kind(const fs::path& path, const std::vector<std::string>& skip) {
    constexpr std::size_t kHead = 4096;
    return fs::is_directory(path) ? kind_of_folder(path, skip) : kind_of_bytes(laboratory::first_bytes(path, kHead));
}

ResultsReading read_results(const fs::path& path, const ReadingOptions& options) {
    const ResultsKind kind = results_kind(path, options.skip);
    if (kind == ResultsKind::Omop) return read_omop(path, options);
    if (kind == ResultsKind::MimicIv) return read_mimic_iv(path, options);
    ResultsReading out = kind == ResultsKind::Hl7    ? read_hl7(path, options)
                         : kind == ResultsKind::Fhir ? read_fhir(path, options)
                         : fs::is_directory(path)    ? read_csv_folder(path, options)
                                                     : read_results_csv(path, options);
    for (std::string& remark : laboratory::left_out_remarks(path, options.skip)) {
        out.remarks.push_back(std::move(remark));
    }
    return out;
}

}  // namespace assay::data
