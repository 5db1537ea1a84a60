#include "assay/base/error.hpp"
#include "assay/data/laboratory/read_hl7.hpp"
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

ReadingOptions make_options(std::int32_t utc_offset_minutes, const std::optional<std::string>& dates,
                            const std::string& decimal_point, std::map<std::string, std::string> columns,
                            std::string patient_id_type, index max_message_bytes) {
    if (utc_offset_minutes < -14 * 60 || utc_offset_minutes > 14 * 60) {
        throw ValueError("utc_offset: expected at most 14 hours, got " + std::to_string(utc_offset_minutes) +
                         " minutes");
    }
    if (decimal_point != "." && decimal_point != ",") throw ValueError("decimal_point: expected '.' or ','");
    if (max_message_bytes < 1) throw ValueError("max_message_bytes: expected at least 1");
    ReadingOptions options;
    options.times = {utc_offset_minutes, date_order(dates)};
    options.decimal_point = decimal_point.front();
    options.columns = std::move(columns);
    options.patient_id_type = std::move(patient_id_type);
    options.max_message_bytes = max_message_bytes;
    return options;
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
            return py::make_tuple(std::move(reading->rows), std::move(reading->superseded),
                                  std::move(reading->rejected), reading->rows_read, std::move(reading->remarks));
        },
        py::arg("path"), py::arg("options"));
}

}  // namespace

void bind_laboratory(py::module_& m) {
    py::class_<ReadingOptions>(m, "ReadingOptions",
                               "Private; the keyword arguments of assay.data.laboratory's readers.")
        .def(py::init(&make_options), py::kw_only(), py::arg("utc_offset_minutes"), py::arg("dates"),
             py::arg("decimal_point"), py::arg("columns"), py::arg("patient_id_type"), py::arg("max_message_bytes"));
    def_reader(m, "read_results_csv", &data::read_results_csv);
    def_reader(m, "read_hl7", &data::read_hl7);
    def_reader(m, "read_mimic_iv", &data::read_mimic_iv);
}

}  // namespace assay::bindings
