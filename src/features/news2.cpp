#include "assay/features/news2.hpp"

#include <cmath>
#include <initializer_list>

namespace assay::features {
namespace {

/// Points up to and including a bound, in the chart's resolution.
struct Step {
    long upper;
    int points;
};

int points_of(long value, std::initializer_list<Step> steps, int above) {
    for (const Step& step : steps) {
        if (value <= step.upper) return step.points;
    }
    return above;
}

News2Risk risk_of(int total, bool single_three) {
    if (total >= 7) return News2Risk::High;
    if (total >= 5) return News2Risk::Medium;
    return single_three ? News2Risk::LowMedium : News2Risk::Low;
}

}  // namespace

std::optional<int> news2_respiratory_rate(double per_minute) {
    if (!std::isfinite(per_minute)) return std::nullopt;
    return points_of(std::lround(per_minute), {{8, 3}, {11, 1}, {20, 0}, {24, 2}}, 3);
}

std::optional<int> news2_spo2(double percent, Spo2Scale scale, std::optional<bool> on_oxygen) {
    if (!std::isfinite(percent)) return std::nullopt;
    const long value = std::lround(percent);
    if (scale == Spo2Scale::One) return points_of(value, {{91, 3}, {93, 2}, {95, 1}}, 0);
    if (value <= 92) return points_of(value, {{83, 3}, {85, 2}, {87, 1}}, 0);
    if (!on_oxygen) return std::nullopt;  // 93 and above depends on whether oxygen is given
    return *on_oxygen ? points_of(value, {{94, 1}, {96, 2}}, 3) : 0;
}

std::optional<int> news2_systolic_bp(double mm_hg) {
    if (!std::isfinite(mm_hg)) return std::nullopt;
    return points_of(std::lround(mm_hg), {{90, 3}, {100, 2}, {110, 1}, {219, 0}}, 3);
}

std::optional<int> news2_pulse(double per_minute) {
    if (!std::isfinite(per_minute)) return std::nullopt;
    return points_of(std::lround(per_minute), {{40, 3}, {50, 1}, {90, 0}, {110, 1}, {130, 2}}, 3);
}

std::optional<int> news2_temperature(double celsius) {
    if (!std::isfinite(celsius)) return std::nullopt;
    return points_of(std::lround(celsius * 10), {{350, 3}, {360, 1}, {380, 0}, {390, 1}}, 2);
}

News2 news2(const Observation& o, Spo2Scale scale) {
    News2 out;
    const auto set = [&](News2Parameter parameter, std::optional<int> points) {
        out.points[static_cast<std::size_t>(parameter)] = points;
    };
    set(News2Parameter::RespiratoryRate, news2_respiratory_rate(o.respiratory_rate));
    set(News2Parameter::Spo2, news2_spo2(o.spo2, scale, o.on_oxygen));
    if (o.on_oxygen) set(News2Parameter::Oxygen, *o.on_oxygen ? 2 : 0);
    set(News2Parameter::SystolicBp, news2_systolic_bp(o.systolic_bp));
    set(News2Parameter::Pulse, news2_pulse(o.heart_rate));
    if (o.consciousness) set(News2Parameter::Consciousness, *o.consciousness == Consciousness::Alert ? 0 : 3);
    set(News2Parameter::Temperature, news2_temperature(o.temperature));

    for (const auto& points : out.points) {
        out.score.n_missing += !points;
        out.score.known_points += points.value_or(0);
        out.single_three = out.single_three || points == 3;
    }
    if (out.score.n_missing == 0) out.score.total = out.score.known_points;
    // What is known may already put the patient in the highest band; nothing missing can lower it.
    if (out.score.total || out.score.known_points >= 7) {
        out.risk = risk_of(out.score.known_points, out.single_three);
    }
    return out;
}

}  // namespace assay::features
