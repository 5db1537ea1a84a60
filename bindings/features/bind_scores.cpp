#include <pybind11/numpy.h>

#include <cmath>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/features/news2.hpp"
#include "assay/features/qsofa.hpp"
#include "assay/features/risk_score.hpp"
#include "assay/features/shock_index.hpp"
#include "assay/features/sirs.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using namespace features;
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

std::span<const double> view(const Doubles& values) {
    if (values.ndim() != 1) {
        throw ShapeError("scores: expected one-dimensional arrays, got " + std::to_string(values.ndim()) +
                         " dimensions");
    }
    return {values.data(), static_cast<std::size_t>(values.size())};
}

/// Scores [n] of equally long columns, NaN where an input is missing. The loop runs without the GIL.
template <class Score, std::size_t N>
py::array_t<double> over_columns(const std::array<Doubles, N>& columns, Score score) {
    std::array<std::span<const double>, N> views;
    for (std::size_t k = 0; k < N; ++k) {
        views[k] = view(columns[k]);
        if (views[k].size() != views[0].size()) {
            throw ShapeError("scores: expected arrays of one length, got " + std::to_string(views[0].size()) + " and " +
                             std::to_string(views[k].size()));
        }
    }
    py::array_t<double> out(static_cast<py::ssize_t>(views[0].size()));
    double* values = out.mutable_data();
    py::gil_scoped_release unlocked;
    for (std::size_t i = 0; i < views[0].size(); ++i) {
        std::array<double, N> row;
        for (std::size_t k = 0; k < N; ++k) row[k] = views[k][i];
        values[i] = score(row);
    }
    return out;
}

double total_of(const PointScore& score) { return score.total ? *score.total : kMissing; }

void bind_points(py::module_& m) {
    py::class_<PointScore>(m, "PointScore", "A sum of points; `total` is None as soon as one input is missing.")
        .def_readonly("total", &PointScore::total)
        .def_readonly("known_points", &PointScore::known_points)
        .def_readonly("n_missing", &PointScore::n_missing)
        .def("__repr__", [](const PointScore& s) {
            return "PointScore(total=" + (s.total ? std::to_string(*s.total) : "None") +
                   ", known_points=" + std::to_string(s.known_points) + ", n_missing=" + std::to_string(s.n_missing) +
                   ")";
        });
    m.def("qsofa", &qsofa, py::kw_only(), py::arg("respiratory_rate"), py::arg("systolic_bp"),
          py::arg("glasgow_coma_scale"), py::arg("gcs_threshold") = 15.0);
    m.def(
        "sirs",
        [](double temperature, double heart_rate, double respiratory_rate, double paco2, double wbc, double bands) {
            return sirs({temperature, heart_rate, respiratory_rate, paco2, wbc, bands});
        },
        py::kw_only(), py::arg("temperature"), py::arg("heart_rate"), py::arg("respiratory_rate"), py::arg("paco2"),
        py::arg("wbc"), py::arg("bands"));
}

Spo2Scale scale_of(int number) {
    if (number == 1) return Spo2Scale::One;
    if (number == 2) return Spo2Scale::Two;
    throw ValueError("news2: expected spo2_scale 1 or 2, got " + std::to_string(number));
}

/// NEWS2 of seven columns: the five vital signs, oxygen as 0 or 1, consciousness as its place in ACVPU.
py::array_t<double> news2_columns(const std::array<Doubles, 7>& columns, int spo2_scale) {
    return over_columns(columns, [scale = scale_of(spo2_scale)](const std::array<double, 7>& v) {
        Observation o{v[0], v[1], v[2], v[3], v[4], {}, {}};
        if (!std::isnan(v[5])) o.on_oxygen = v[5] != 0;
        if (!std::isnan(v[6])) o.consciousness = static_cast<Consciousness>(static_cast<int>(v[6]));
        return total_of(news2(o, scale).score);
    });
}

void bind_news2(py::module_& m) {
    py::class_<News2>(m, "News2", "NEWS2 of one observation (Royal College of Physicians 2017).")
        .def_property_readonly("total", [](const News2& n) { return n.score.total; })
        .def_property_readonly("known_points", [](const News2& n) { return n.score.known_points; })
        .def_property_readonly("n_missing", [](const News2& n) { return n.score.n_missing; })
        .def_readonly("single_three", &News2::single_three)
        .def_readonly("points", &News2::points)
        .def_property_readonly("risk", [](const News2& n) -> std::optional<std::string> {
            static const char* const kNames[] = {"low", "low-medium", "medium", "high"};
            if (!n.risk) return std::nullopt;
            return kNames[static_cast<std::size_t>(*n.risk)];
        });
    m.def(
        "news2",
        [](double heart_rate, double systolic_bp, double spo2, double temperature, double respiratory_rate,
           std::optional<bool> on_oxygen, const std::optional<std::string>& consciousness, int spo2_scale) {
            Observation o{heart_rate, systolic_bp, spo2, temperature, respiratory_rate, on_oxygen, {}};
            if (consciousness) {
                const auto at = std::string("ACVPU").find(*consciousness);
                if (consciousness->size() != 1 || at == std::string::npos) {
                    throw ValueError("news2: expected consciousness as one of A, C, V, P, U");
                }
                o.consciousness = static_cast<Consciousness>(at);
            }
            return news2(o, scale_of(spo2_scale));
        },
        py::kw_only(), py::arg("heart_rate"), py::arg("systolic_bp"), py::arg("spo2"), py::arg("temperature"),
        py::arg("respiratory_rate"), py::arg("on_oxygen"), py::arg("consciousness"), py::arg("spo2_scale"));
}

void bind_columns(py::module_& m) {
    m.def("news2_columns",
          [](const Doubles& heart_rate, const Doubles& systolic_bp, const Doubles& spo2, const Doubles& temperature,
             const Doubles& respiratory_rate, const Doubles& on_oxygen, const Doubles& consciousness, int spo2_scale) {
              return news2_columns(
                  {heart_rate, systolic_bp, spo2, temperature, respiratory_rate, on_oxygen, consciousness}, spo2_scale);
          });
    m.def("qsofa_columns", [](const Doubles& rate, const Doubles& pressure, const Doubles& gcs, double threshold) {
        return over_columns(std::array{rate, pressure, gcs}, [threshold](const std::array<double, 3>& v) {
            return total_of(qsofa(v[0], v[1], v[2], threshold));
        });
    });
    m.def("sirs_columns", [](const Doubles& temperature, const Doubles& heart_rate, const Doubles& rate,
                             const Doubles& paco2, const Doubles& wbc, const Doubles& bands) {
        return over_columns(std::array{temperature, heart_rate, rate, paco2, wbc, bands},
                            [](const std::array<double, 6>& v) {
                                return total_of(sirs({v[0], v[1], v[2], v[3], v[4], v[5]}));
                            });
    });
    m.def("shock_index_columns", [](const Doubles& rate, const Doubles& pressure) {
        return over_columns(std::array{rate, pressure},
                            [](const std::array<double, 2>& v) { return shock_index(v[0], v[1]); });
    });
    m.def("risk_score_columns",
          [](const Doubles& heart_rate, const Doubles& systolic_bp, const Doubles& spo2,
             const Doubles& respiratory_rate, const Doubles& temperature, const RiskWeights& weights) {
              py::array_t<double> out(heart_rate.size());
              const std::span<double> result(out.mutable_data(), static_cast<std::size_t>(out.size()));
              const auto hr = view(heart_rate), sbp = view(systolic_bp), sat = view(spo2), rr = view(respiratory_rate),
                         t = view(temperature);
              py::gil_scoped_release unlocked;
              risk_score(hr, sbp, sat, rr, t, result, weights);
              return out;
          });
}

}  // namespace

void bind_scores(py::module_& m) {
    bind_points(m);
    bind_news2(m);
    py::class_<RiskBand>(m, "RiskBand", "How far one vital sign adds to the risk score.")
        .def(py::init<double, double, double, double, double, double>(), py::kw_only(), py::arg("severe_low"),
             py::arg("mild_low"), py::arg("mild_high"), py::arg("severe_high"), py::arg("mild"), py::arg("severe"))
        .def_readwrite("severe_low", &RiskBand::severe_low)
        .def_readwrite("mild_low", &RiskBand::mild_low)
        .def_readwrite("mild_high", &RiskBand::mild_high)
        .def_readwrite("severe_high", &RiskBand::severe_high)
        .def_readwrite("mild", &RiskBand::mild)
        .def_readwrite("severe", &RiskBand::severe);
    py::class_<RiskWeights>(m, "RiskWeights", "Weights of the risk score, one band for each vital sign.")
        .def(py::init<>())
        .def_readwrite("spo2", &RiskWeights::spo2)
        .def_readwrite("heart_rate", &RiskWeights::heart_rate)
        .def_readwrite("systolic_bp", &RiskWeights::systolic_bp)
        .def_readwrite("respiratory_rate", &RiskWeights::respiratory_rate)
        .def_readwrite("temperature", &RiskWeights::temperature);
    bind_columns(m);
}

}  // namespace assay::bindings
