#include <pybind11/numpy.h>

#include "assay/base/error.hpp"
#include "assay/models/evaluation/f1.hpp"
#include "assay/models/evaluation/precision_recall.hpp"
#include "assay/models/evaluation/threshold.hpp"
#include "evaluation_arrays.hpp"
#include "prelude.hpp"

// Statistics of decisions: precision and recall, F1 of a named average, thresholds.
namespace assay::bindings {
namespace {

using namespace models;
using namespace evaluation_arrays;

Average average_of(const std::string& name) {
    for (const Average average : {Average::binary, Average::macro, Average::weighted, Average::micro}) {
        if (name == name_of(average)) return average;
    }
    throw ValueError("f1_score: expected an average of binary, macro, weighted or micro, got '" + name + "'");
}

ThresholdAim aim_of(const std::string& name) {
    if (name == "f1") return ThresholdAim::f1;
    if (name == "youden") return ThresholdAim::youden;
    throw ValueError("choose_threshold: expected an aim of f1 or youden, got '" + name + "'");
}

void bind_precision_recall(py::module_& m) {
    py::class_<AveragePrecision>(m, "AveragePrecision", "Area under the precision-recall curve, as steps.")
        .def_readonly("positives", &AveragePrecision::positives)
        .def_readonly("negatives", &AveragePrecision::negatives)
        .def_readonly("value", &AveragePrecision::value, "None without positives")
        .def_readonly("interval", &AveragePrecision::interval, "by bootstrap over the cases, or over whole groups");
    m.def(
        "average_precision",
        [](const Doubles& scores, const py::object& positive, const py::object& groups, std::uint64_t seed,
           index replicates, double confidence) {
            const Marks marks(positive, scores, "average_precision");
            const GroupCodes whole(groups, "average_precision");
            const py::gil_scoped_release unlocked;
            return average_precision(values_of(scores), marks.values(), {seed, replicates, confidence, whole.values()});
        },
        py::arg("scores"), py::arg("positive"), py::kw_only(), py::arg("groups") = py::none(), py::arg("seed") = 0,
        py::arg("replicates") = 2000, py::arg("confidence") = 0.95,
        "Of scores [n] and booleans [n]; of a classifier that knows nothing it is the share of positives.");
    py::class_<PrecisionRecallCurve>(m, "PrecisionRecallCurve", "Precision and recall at every distinct score.")
        .def_property_readonly("precision", [](const PrecisionRecallCurve& c) { return doubles_of(c.precision); })
        .def_property_readonly("recall", [](const PrecisionRecallCurve& c) { return doubles_of(c.recall); })
        .def_property_readonly(
            "threshold", [](const PrecisionRecallCurve& c) { return doubles_of(c.threshold); },
            "called positive from this score on, from the highest down");
    m.def(
        "precision_recall_curve",
        [](const Doubles& scores, const py::object& positive) {
            const Marks marks(positive, scores, "precision_recall_curve");
            return precision_recall_curve(values_of(scores), marks.values());
        },
        py::arg("scores"), py::arg("positive"), "None without positives.");
}

void bind_f1(py::module_& m) {
    py::class_<ClassScore>(m, "ClassScore", "Precision, recall and F1 of one class; NaN where not defined.")
        .def_readonly("precision", &ClassScore::precision)
        .def_readonly("recall", &ClassScore::recall)
        .def_readonly("f1", &ClassScore::f1)
        .def_readonly("rows", &ClassScore::rows, "that are of the class");
    py::class_<ConfusionMatrix>(m, "ConfusionMatrix", "How many rows of each class were called what.")
        .def_property_readonly(
            "counts",
            [](const ConfusionMatrix& c) {
                return Dense<index>({c.classes, c.classes}, c.counts.data());
            },
            "[true class, predicted class]")
        .def_property_readonly("class_scores", [](const ConfusionMatrix& c) { return class_scores(c); });
    m.def(
        "confusion_matrix",
        [](const Dense<index>& truth, const Dense<index>& predicted, index classes) {
            return confusion_matrix(values_of(truth), values_of(predicted), classes);
        },
        py::arg("truth"), py::arg("predicted"), py::kw_only(), py::arg("classes"),
        "Of positions of classes [n], from 0 to classes - 1.");
    py::class_<F1>(m, "F1", "An F1 with the average that it is of.")
        .def_property_readonly("average", [](const F1& f1) { return std::string(name_of(f1.average)); })
        .def_readonly("positive", &F1::positive, "class of the binary average")
        .def_readonly("value", &F1::value, "None where it is not defined")
        .def_readonly("interval", &F1::interval, "by bootstrap over the rows, or over whole groups");
    m.def(
        "f1_score",
        [](const Dense<index>& truth, const Dense<index>& predicted, const std::string& average, index classes,
           index positive, const py::object& groups, std::uint64_t seed, index replicates, double confidence) {
            const Average kind = average_of(average);
            const GroupCodes whole(groups, "f1_score");
            const py::gil_scoped_release unlocked;
            return f1_score(values_of(truth), values_of(predicted), classes, kind, positive,
                            {seed, replicates, confidence, whole.values()});
        },
        py::arg("truth"), py::arg("predicted"), py::kw_only(), py::arg("average"), py::arg("classes") = 2,
        py::arg("positive") = 1, py::arg("groups") = py::none(), py::arg("seed") = 0, py::arg("replicates") = 2000,
        py::arg("confidence") = 0.95,
        "2 TP / (2 TP + FP + FN), binary, macro, weighted or micro, of positions of classes [n].");
}

}  // namespace

void bind_classification(py::module_& m) {
    bind_precision_recall(m);
    bind_f1(m);
    py::class_<ThresholdChoice>(m, "ThresholdChoice", "A threshold, and what it comes to where it was chosen.")
        .def_readonly("threshold", &ThresholdChoice::threshold, "called positive from this score on")
        .def_readonly("value", &ThresholdChoice::value, "of the aim")
        .def_readonly("precision", &ThresholdChoice::precision)
        .def_readonly("recall", &ThresholdChoice::recall)
        .def_readonly("positives", &ThresholdChoice::positives)
        .def_readonly("negatives", &ThresholdChoice::negatives);
    m.def(
        "choose_threshold",
        [](const Doubles& scores, const py::object& positive, const std::string& aim) {
            const Marks marks(positive, scores, "choose_threshold");
            return choose_threshold(values_of(scores), marks.values(), aim_of(aim));
        },
        py::arg("scores"), py::arg("positive"), py::kw_only(), py::arg("aim") = "f1",
        "The threshold of the largest F1 or Youden index, on cases that the model was not trained with.");
}

}  // namespace assay::bindings
