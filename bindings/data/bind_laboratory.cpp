#include "assay/base/error.hpp"
#include "assay/data/laboratory/read_fhir.hpp"
#include "assay/data/laboratory/read_hl7.hpp"
#include "assay/data/laboratory/read_omop.hpp"
#include "assay/data/laboratory/read_results.hpp"
#include "assay/data/laboratory/read_results_csv.hpp"
#include "prelude.hpp"

// Readers of laboratory results; assay.data.laboratory gives them their names and types.
namespace assay::bindings {
namespace {

using data::ReadingOptions;
using data::ResultsReading;

data::DateOrder date_order(const std::optional<std::string>& name) {
    if (!name) return data::DateOrder::Unknown;
    if (*name == "day_first") return data::DateOrder::DayFirst;
    if (*name == "month_first") return data::DateOrder::MonthFirst;
    throw ValueError("dates: expected 'day_first', 'month_first' or None, got '" + *name + "'");
}

ReadingOptions reading_options(std::int32_t utc_offset_minutes,
                               const std::vector<std::pair<std::int64_t, std::int32_t>>& changes,
                               const std::optional<std::string>& dates, const std::string& decimal_point,
                               std::map<std::string, std::string> columns, std::string patient_id_type,
                               index max_message_bytes, bool partial, std::vector<std::string> skip) {
    if (utc_offset_minutes < -14 * 60 || utc_offset_minutes > 14 * 60) {
        throw ValueError("zone: expected at most 14 hours, got " + std::to_string(utc_offset_minutes) + " minutes");
    }
    if (decimal_point != "." && decimal_point != ",") throw ValueError("decimal_point: expected '.' or ','");
    if (max_message_bytes < 1) throw ValueError("max_message_bytes: expected at least 1");
    ReadingOptions options;
    options.times.utc_offset_minutes = utc_offset_minutes;
    options.times.order = date_order(dates);
    for (const auto& [second, offset] : changes) options.times.changes.push_back({second, offset});
    options.decimal_point = decimal_point.front();
    options.columns = std::move(columns);
    options.patient_id_type = std::move(patient_id_type);
    options.max_message_bytes = max_message_bytes;
    options.partial = partial;
    options.skip = std::move(skip);
    return options;
}

auto parts(ResultsReading reading) {
    return py::make_tuple(std::move(reading.rows), std::move(reading.superseded), std::move(reading.rejected),
                          reading.rows_read, std::move(reading.remarks));
}

using Reader = ResultsReading (*)(const std::filesystem::path&, const ReadingOptions&);

void def_reader(py::module_& m, const char* name, Reader reader) {
    m.def(
        name,
        [reader](const std::filesystem::path& path, const ReadingOptions& options) {
            std::optional<ResultsReading> reading;
            {
                const py::gil_scoped_release unlocked;
                reading.emplace(reader(path, options));
            }
            return parts(std::move(*reading));
        },
        py::arg("path"), py::arg("options"));
}

}  // namespace

void bind_laboratory(py::module_& m) {
    py::class_<ReadingOptions>(m, "ReadingOptions",
                               "Private; the keyword arguments of assay.data.laboratory's readers.")
        .def(py::init(&reading_options), py::kw_only(), py::arg("utc_offset_minutes"), py::arg("changes"),
             py::arg("dates"), py::arg("decimal_point"), py::arg("columns"), py::arg("patient_id_type"),
             py::arg("max_message_bytes"), py::arg("partial"), py::arg("skip"));
    def_reader(m, "read_fhir", &data::read_fhir);
    def_reader(m, "read_hl7", &data::read_hl7);
    def_reader(m, "read_mimic_iv", &data::read_mimic_iv);
    def_reader(m, "read_omop", &data::read_omop);
    def_reader(m, "read_results", &data::read_results);
    def_reader(m, "read_results_csv", &data::read_results_csv);
    m.def(
        "read_omop_bytes",
        [](const py::bytes& measurement, const py::bytes& concepts, const ReadingOptions& options,
           const std::string& name) {
            const std::string_view rows = measurement;
            const std::string_view vocabulary = concepts;
            std::optional<ResultsReading> reading;
            {
                const py::gil_scoped_release unlocked;
                reading.emplace(data::read_omop_bytes(rows, vocabulary, options, name));
            }
            return parts(std::move(*reading));
        },
        py::arg("measurement"), py::arg("concepts"), py::arg("options"), py::arg("name"));
    m.def(
        "results_kind",
        [](const std::filesystem::path& path, const std::vector<std::string>& skip) {
            return std::string(data::name_of(data::results_kind(path, skip)));
        },
        py::arg("path"), py::arg("skip") = std::vector<std::string>{},
        "csv, hl7, fhir, omop or mimic_iv: what a file or folder of laboratory results is.");
}

}  // namespace assay::bindings
