#include <pybind11/numpy.h>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/models/evaluation/auc.hpp"
#include "assay/models/evaluation/calibration.hpp"
#include "assay/models/evaluation/macro_auc.hpp"
#include "assay/models/evaluation/proper_scores.hpp"
#include "assay/models/evaluation/reliability.hpp"
#include "assay/models/evaluation/temperature.hpp"
#include "assay/models/evaluation/top_k.hpp"
#include "evaluation_arrays.hpp"
#include "prelude.hpp"

// Statistics of classifiers over NumPy arrays.
namespace assay::bindings {
namespace {

using namespace models;
using namespace evaluation_arrays;

void bind_intervals(py::module_& m) {
    py::class_<Interval>(m, "Interval", "A confidence interval, both ends included.")
        .def_readonly("low", &Interval::low)
        .def_readonly("high", &Interval::high)
        .def("__repr__", [](const Interval& i) {
            return "Interval(low=" + std::to_string(i.low) + ", high=" + std::to_string(i.high) + ")";
        });
    py::class_<Proportion>(m, "Proportion", "A share of counted cases, with Wilson's interval.")
        .def_readonly("hits", &Proportion::hits)
        .def_readonly("total", &Proportion::total)
        .def_readonly("value", &Proportion::value, "NaN where nothing was counted")
        .def_readonly("interval", &Proportion::interval);
    m.def(
        "bootstrap_proportion",
        [](const Dense<bool>& hits, const Dense<bool>& counted, const py::object& groups, std::uint64_t seed,
           index replicates, double confidence) {
            const Dense<std::uint8_t> hit(hits), in(counted);
            const GroupCodes whole(groups, "bootstrap_proportion");
            const py::gil_scoped_release unlocked;
            return bootstrap_proportion(values_of(hit), values_of(in), {seed, replicates, confidence, whole.values()});
        },
        py::arg("hits"), py::arg("counted"), py::kw_only(), py::arg("groups") = py::none(), py::arg("seed") = 0,
        py::arg("replicates") = 2000, py::arg("confidence") = 0.95,
        "Share of hits among the counted cases, booleans [n], with a bootstrap interval over whole groups (Davison & "
        "Hinkley 1997, 3.8; Field & Welsh 2007); Wilson's over the groups where every sample says the same.");
    m.def("wilson_proportion", &wilson_proportion, py::arg("hits"), py::arg("total"), py::kw_only(),
          py::arg("confidence") = 0.95, "Share and score interval (Wilson 1927).");
}

void bind_top_k(py::module_& m) {
    py::class_<TopK>(m, "TopK", "How often a true label is among the first k.")
        .def_readonly("cases", &TopK::cases, "rows in which any true label is among the first k")
        .def_readonly("labels", &TopK::labels, "of the rows that have the label")
        .def_readonly("macro", &TopK::macro, "mean over the labels that occur; NaN where there is no row");
    m.def(
        "top_k_accuracy",
        [](const Doubles& scores, const py::object& truth, index k, double confidence) {
            const Marks marks(truth, scores, "top_k_accuracy");
            return top_k_accuracy(values_of(scores), marks.values(), columns_of(scores, "top_k_accuracy"), k,
                                  confidence);
        },
        py::arg("scores"), py::arg("truth"), py::kw_only(), py::arg("k") = 1, py::arg("confidence") = 0.95,
        "Of scores [rows, labels] and booleans of that shape; of equal scores the first is ahead.");
}

void bind_auc(py::module_& m) {
    py::class_<Auc>(m, "Auc", "Area under the ROC curve of one label; None where it is not defined.")
        .def_readonly("positives", &Auc::positives)
        .def_readonly("negatives", &Auc::negatives)
        .def_readonly("value", &Auc::value, "None without positives or without negatives")
        .def_readonly("standard_error", &Auc::standard_error, "DeLong's; None with fewer than two of either")
        .def_readonly("interval", &Auc::interval, "None where the scores separate the two groups completely, too");
    m.def(
        "area_under_roc",
        [](const Doubles& scores, const py::object& positive, double confidence) {
            const Marks marks(positive, scores, "area_under_roc");
            return area_under_roc(values_of(scores), marks.values(), confidence);
        },
        py::arg("scores"), py::arg("positive"), py::kw_only(), py::arg("confidence") = 0.95,
        "Area with DeLong's interval (Sun & Xu 2014), of scores [n] and booleans [n]; ties count one half.");
    py::class_<RocCurve>(m, "RocCurve", "Corners of a ROC curve, from (0, 0) to (1, 1).")
        .def_property_readonly("false_positive_rate",
                               [](const RocCurve& curve) { return doubles_of(curve.false_positive_rate); })
        .def_property_readonly("true_positive_rate",
                               [](const RocCurve& curve) { return doubles_of(curve.true_positive_rate); })
        .def_property_readonly(
            "threshold", [](const RocCurve& curve) { return doubles_of(curve.threshold); },
            "called positive from this score on; infinity at the first corner");
    m.def(
        "roc_curve",
        [](const Doubles& scores, const py::object& positive) {
            const Marks marks(positive, scores, "roc_curve");
            return roc_curve(values_of(scores), marks.values());
        },
        py::arg("scores"), py::arg("positive"), "None without positives or without negatives.");
    py::class_<LabelAucs>(m, "LabelAucs", "Areas under the ROC curves of all labels, each against the rest.")
        .def_readonly("labels", &LabelAucs::labels)
        .def_readonly("defined", &LabelAucs::defined, "labels with positives and negatives")
        .def_readonly("macro", &LabelAucs::macro, "unweighted mean over those")
        .def_readonly("interval", &LabelAucs::interval,
                      "of the mean, by bootstrap over the rows, or over whole groups");
    m.def(
        "label_aucs",
        [](const Doubles& scores, const py::object& truth, const py::object& groups, std::uint64_t seed,
           index replicates, double confidence) {
            const Marks marks(truth, scores, "label_aucs");
            const GroupCodes whole(groups, "label_aucs");
            const index labels = columns_of(scores, "label_aucs");
            const py::gil_scoped_release unlocked;
            return label_aucs(values_of(scores), marks.values(), labels,
                              {seed, replicates, confidence, whole.values()});
        },
        py::arg("scores"), py::arg("truth"), py::kw_only(), py::arg("groups") = py::none(), py::arg("seed") = 0,
        py::arg("replicates") = 2000, py::arg("confidence") = 0.95,
        "Of scores [rows, labels] and booleans of that shape.");
}

void bind_reliability(py::module_& m) {
    py::class_<ReliabilityBin>(m, "ReliabilityBin", "The cases whose probability falls between two edges.")
        .def_readonly("low", &ReliabilityBin::low)
        .def_readonly("high", &ReliabilityBin::high)
        .def_readonly("mean_probability", &ReliabilityBin::mean_probability, "NaN in an empty bin")
        .def_readonly("observed", &ReliabilityBin::observed, "how often it came true");
    py::class_<Reliability>(m, "Reliability", "Probabilities against how often they came true.")
        .def_readonly("bins", &Reliability::bins)
        .def_readonly("expected_error", &Reliability::expected_error, "ECE; NaN where there is no case")
        .def_readonly("expected_error_interval", &Reliability::expected_error_interval, "by bootstrap over the cases")
        .def_readonly("largest_error", &Reliability::largest_error)
        .def_readonly("cases", &Reliability::cases);
    m.def(
        "reliability",
        [](const Doubles& probabilities, const py::object& came_true, index bins, const std::string& binning,
           std::uint64_t seed, index replicates, double confidence) {
            if (binning != "equal_width" && binning != "equal_count") {
                throw ValueError("reliability: expected binning of equal_width or equal_count, got '" + binning + "'");
            }
            const Marks marks(came_true, probabilities, "reliability");
            const auto chosen = binning == "equal_width" ? Binning::equal_width : Binning::equal_count;
            const py::gil_scoped_release unlocked;
            return reliability(values_of(probabilities), marks.values(), bins, chosen, {seed, replicates, confidence});
        },
        py::arg("probabilities"), py::arg("came_true"), py::kw_only(), py::arg("bins") = 10,
        py::arg("binning") = "equal_width", py::arg("seed") = 0, py::arg("replicates") = 2000,
        py::arg("confidence") = 0.95, "A reliability diagram's data and the expected calibration error.");
    m.def(
        "brier_score",
        [](const Doubles& probabilities, const std::vector<index>& truth) {
            return brier_score(values_of(probabilities), truth, columns_of(probabilities, "brier_score"));
        },
        py::arg("probabilities"), py::arg("truth"),
        "Brier 1950: sum over the labels, mean over the rows; `truth` are positions.");
    m.def(
        "negative_log_likelihood",
        [](const Doubles& probabilities, const std::vector<index>& truth) {
            return negative_log_likelihood(values_of(probabilities), truth,
                                           columns_of(probabilities, "negative_log_likelihood"));
        },
        py::arg("probabilities"), py::arg("truth"), "Mean over the rows, in nats; infinite at a probability of 0.");
}

void bind_temperature(py::module_& m) {
    py::class_<TemperatureFit>(m, "TemperatureFit", "What temperature scaling did to labelled cases.")
        .def_readonly("temperature", &TemperatureFit::temperature)
        .def_readonly("loss_before", &TemperatureFit::loss_before, "negative log-likelihood in nats")
        .def_readonly("loss_after", &TemperatureFit::loss_after)
        .def_readonly("at_limit", &TemperatureFit::at_limit, "the data do not determine a temperature");
    m.def(
        "fit_temperature",
        [](const Dense<float>& scores, const std::vector<index>& truth, double scale) {
            const index labels = columns_of(scores, "fit_temperature");
            const py::gil_scoped_release unlocked;
            return fit_temperature(values_of(scores), truth, labels, scale);
        },
        py::arg("scores"), py::arg("truth"), py::kw_only(), py::arg("scale") = 1.0,
        "Temperature scaling (Guo et al. 2017) of scores [cases, labels]; `truth` are positions.");
    m.def(
        "softmax_rows",
        [](const Dense<float>& scores, double scale) {
            const index labels = columns_of(scores, "softmax_rows");
            const std::vector<double> values = softmax_rows(values_of(scores), labels, scale);
            Doubles result({scores.shape(0), labels});
            std::copy(values.begin(), values.end(), result.mutable_data());
            return result;
        },
        py::arg("scores"), py::kw_only(), py::arg("scale") = 1.0, "softmax(scores x scale) of every row.");
}

void bind_calibration(py::module_& m) {
    py::class_<CalibrationScope>(m, "CalibrationScope", "What a calibration was made with, as SHA-256 digests.")
        .def(py::init<std::string, std::string, std::string>(), py::kw_only(), py::arg("model"), py::arg("labels"),
             py::arg("prompts"))
        .def_readonly("model", &CalibrationScope::model)
        .def_readonly("labels", &CalibrationScope::labels)
        .def_readonly("prompts", &CalibrationScope::prompts);
    py::class_<Calibration>(m, "Calibration", "A temperature fitted on labelled images, and what it holds for.")
        .def(py::init([](const TemperatureFit& fit, index images, std::string date, std::string model_name,
                         std::string label_set, CalibrationScope scope) {
                 Calibration made{fit.temperature,      images,          fit.loss_before,
                                  fit.loss_after,       std::move(date), std::move(model_name),
                                  std::move(label_set), std::move(scope)};
                 check(made);
                 return made;
             }),
             py::arg("fit"), py::kw_only(), py::arg("images"), py::arg("date"), py::arg("model_name"),
             py::arg("label_set"), py::arg("scope"))
        .def_readonly("temperature", &Calibration::temperature)
        .def_readonly("images", &Calibration::images, "how many it was fitted on")
        .def_readonly("loss_before", &Calibration::loss_before, "negative log-likelihood in nats at temperature 1")
        .def_readonly("loss_after", &Calibration::loss_after)
        .def_readonly("date", &Calibration::date, "of the fit, YYYY-MM-DD")
        .def_readonly("model_name", &Calibration::model_name)
        .def_readonly("label_set", &Calibration::label_set)
        .def_readonly("scope", &Calibration::scope)
        .def("expect_same_scope", &expect_same_scope, py::arg("used"),
             "Refuses what the calibration was not made with.")
        .def("to_json", [](const Calibration& self) { return to_json(self); })
        .def_static("from_json", &calibration_from_json, py::arg("text"), py::kw_only(),
                    py::arg("where") = "calibration", "`where` stands in errors.")
        .def_static(
            "read",
            [](const std::filesystem::path& path) { return calibration_from_json(read_file(path), path.string()); },
            py::arg("path"))
        .def(
            "write",
            [](const Calibration& self, const std::filesystem::path& path) { write_file_atomic(path, to_json(self)); },
            py::arg("path"), "Atomically.");
    m.def("model_fingerprint", &model_fingerprint, py::arg("path"), py::call_guard<py::gil_scoped_release>(),
          "SHA-256 of a model's weights, configurations and vocabulary.");
    m.def(
        "text_fingerprint", [](const std::vector<std::string>& texts) { return text_fingerprint(texts); },
        py::arg("texts"), "SHA-256 of a list of texts.");
}

}  // namespace

void bind_evaluation(py::module_& m) {
    bind_intervals(m);
    bind_top_k(m);
    bind_auc(m);
    bind_reliability(m);
    bind_temperature(m);
    bind_calibration(m);
}

}  // namespace assay::bindings
