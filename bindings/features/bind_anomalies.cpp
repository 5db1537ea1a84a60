#include <optional>
#include <vector>

#include "assay/features/laboratory/quality_anomalies.hpp"
#include "prelude.hpp"

// Changes of the distribution of results, by analyte and device.
namespace assay::bindings {
namespace {

using namespace features;

AnomalyTable anomalies_of(const data::Table& results, index window_days, index reference_days, index minimum_results,
                          double alpha, double least_effect, bool known_when_observed,
                          std::optional<std::int32_t> first_day, std::optional<std::int32_t> last_day,
                          std::int32_t first_start, const std::vector<std::int64_t>& starts) {
    AnomalyOptions options;
    options.window_days = window_days;
    options.reference_days = reference_days;
    options.minimum_results = minimum_results;
    options.alpha = alpha;
    options.least_effect = least_effect;
    options.known_when_observed = known_when_observed;
    if (first_day) options.first_day = Date{*first_day};
    if (last_day) options.last_day = Date{*last_day};
    if (!starts.empty()) {
        std::vector<Timestamp> moments;
        for (const std::int64_t micros : starts) moments.emplace_back(micros);
        options.calendar = DayCalendar(Date{first_start}, std::move(moments));
    }
    return quality_anomalies(results, options);
}

}  // namespace

void bind_anomalies(py::module_& m) {
    py::class_<AnomalyTable>(m, "AnomalyTable", "Rows by analyte, device and day, and what could not be used.")
        .def_readonly("rows", &AnomalyTable::rows)
        .def_readonly("left_out", &AnomalyTable::left_out, "Results by reason.");
    m.def("quality_anomalies", &anomalies_of, py::arg("results"), py::kw_only(), py::arg("window_days"),
          py::arg("reference_days"), py::arg("minimum_results"), py::arg("alpha"), py::arg("least_effect"),
          py::arg("known_when_observed"), py::arg("first_day"), py::arg("last_day"), py::arg("first_start"),
          py::arg("starts"), py::call_guard<py::gil_scoped_release>());
}

}  // namespace assay::bindings
