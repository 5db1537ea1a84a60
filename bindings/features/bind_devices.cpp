#include <optional>
#include <vector>

#include "assay/features/laboratory/device_days.hpp"
#include "assay/features/laboratory/failures_ahead.hpp"
#include "prelude.hpp"

// Features of laboratory devices by day.
namespace assay::bindings {
namespace {

using namespace features;

DeviceDayOptions options_of(const py::kwargs& given) {
    DeviceDayOptions options;
    const py::object view = py::cast(&options, py::return_value_policy::reference);
    for (const auto& [name, value] : given) {
        if (!py::hasattr(view, name)) {
            throw py::type_error("DeviceDayOptions: unexpected option '" + std::string(py::str(name)) + "'");
        }
        py::setattr(view, name, value);
    }
    return options;
}

DayCalendar calendar_of(std::int32_t first, const std::vector<std::int64_t>& starts) {
    if (starts.empty()) return {};
    std::vector<Timestamp> moments;
    for (const std::int64_t micros : starts) moments.emplace_back(micros);
    return {Date{first}, std::move(moments)};
}

DeviceDayTable days_of(const data::Table& results, const std::optional<data::Table>& controls,
                       const std::optional<data::Table>& events, DeviceDayOptions options,
                       std::optional<std::int32_t> last_day, std::int32_t first_start,
                       const std::vector<std::int64_t>& starts) {
    if (last_day) options.last_day = Date{*last_day};
    options.calendar = calendar_of(first_start, starts);
    const py::gil_scoped_release released;
    return device_days(results, controls.value_or(data::Table()), events.value_or(data::Table()), options);
}

data::Array failing_days(const data::Table& days, const data::Table& events, index horizon,
                         std::optional<std::int32_t> last_day, std::int32_t first_start,
                         const std::vector<std::int64_t>& starts) {
    FailuresAheadOptions options{.horizon = horizon, .last_day = {}, .calendar = calendar_of(first_start, starts)};
    if (last_day) options.last_day = Date{*last_day};
    const py::gil_scoped_release released;
    return failures_ahead(days, events, options);
}

}  // namespace

void bind_devices(py::module_& m) {
    py::class_<DeviceDayOptions>(m, "DeviceDayOptions", "Windows of device_days in calendar days, and what they need.")
        .def(py::init(&options_of))
        .def_readwrite("error_days", &DeviceDayOptions::error_days)
        .def_readwrite("trend_days", &DeviceDayOptions::trend_days)
        .def_readwrite("minimum_controls", &DeviceDayOptions::minimum_controls, "For a trend.")
        .def_readwrite("cusum_days", &DeviceDayOptions::cusum_days)
        .def_readwrite("cusum_k", &DeviceDayOptions::cusum_k)
        .def_readwrite("cusum_h", &DeviceDayOptions::cusum_h)
        .def_readwrite("drift_days", &DeviceDayOptions::drift_days)
        .def_readwrite("drift_baseline_days", &DeviceDayOptions::drift_baseline_days, "Directly before drift_days.")
        .def_readwrite("minimum_results", &DeviceDayOptions::minimum_results, "Of an analyte in either window.")
        .def_readwrite("downtime_days", &DeviceDayOptions::downtime_days)
        .def_readwrite("turn_around_days", &DeviceDayOptions::turn_around_days)
        .def_readwrite("repeat_days", &DeviceDayOptions::repeat_days)
        .def_readwrite("temperature_days", &DeviceDayOptions::temperature_days)
        .def_readwrite("load_days", &DeviceDayOptions::load_days)
        .def_readwrite("known_when_observed", &DeviceDayOptions::known_when_observed,
                       "A result without reported_at was known when it was observed.");
    py::class_<DeviceDayTable>(m, "DeviceDays", "Features by device and day, and what could not be used.")
        .def_readonly("rows", &DeviceDayTable::rows)
        .def_readonly("left_out", &DeviceDayTable::left_out, "Records by reason, such as 'results.no_report_time'.");
    m.def("device_days", &days_of, py::arg("results"), py::arg("controls"), py::arg("events"), py::kw_only(),
          py::arg("options"), py::arg("last_day"), py::arg("first_start"), py::arg("starts"));
    m.def("failures_ahead", &failing_days, py::arg("days"), py::arg("events"), py::kw_only(), py::arg("horizon"),
          py::arg("last_day"), py::arg("first_start"), py::arg("starts"));
}

}  // namespace assay::bindings
