#include "assay/features/qc/westgard.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "assay/base/error.hpp"

namespace assay::features {
namespace {

constexpr int kLongestWindow = 60;

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<int> count(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > kLongestWindow) {
        return std::nullopt;
    }
    return value;
}

[[noreturn]] void refuse_rule(std::string_view name) {
    throw ValueError("control rule '" + std::string(name.substr(0, 20)) +
                     "': expected a form like 1-3s, 2of3-2s, R-4s or 10-x with counts from 1 to 60");
}

bool beyond(double z, double limit, bool above) { return above ? z > limit : z < -limit; }

/// How many of the last `window` values are beyond the limit on the last one's side; the last must be.
bool breaks(std::span<const double> values, const ControlRule& rule) {
    const auto window = static_cast<std::size_t>(rule.window);
    const std::span<const double> last = values.last(std::min(window, values.size()));
    if (last.empty() || static_cast<int>(last.size()) < rule.needed) return false;
    const double z = last.back();
    for (const bool above : {true, false}) {
        if (!beyond(z, rule.limit, above)) continue;
        return std::count_if(last.begin(), last.end(), [&](double x) { return beyond(x, rule.limit, above); }) >=
               rule.needed;
    }
    return false;
}

/// The runs so far, and what every rule needs to remember of them.
class ControlHistory {
  public:
    explicit ControlHistory(std::span<const ControlRule> rules) : rules_(rules) {}

    void add(index at, const ControlPoint& point, bool run_ends, std::vector<ControlViolation>& out) {
        std::vector<double>& own = by_material_[point.material];
        remember(own, point.z);
        run_.push_back(point.z);
        for (std::size_t r = 0; r < rules_.size(); ++r) {
            const ControlRule& rule = rules_[r];
            if (rule.range ? breaks_range(rule, point.z) : breaks(own, rule)) {
                out.push_back({at, static_cast<index>(r), rule.range});
            } else if (run_ends && breaks_across(rule)) {
                out.push_back({at, static_cast<index>(r), true});
            }
        }
        if (!run_ends) return;
        runs_.push_back(std::move(run_));
        run_.clear();
        if (runs_.size() > kLongestWindow) runs_.erase(runs_.begin());
    }

  private:
    static void remember(std::vector<double>& values, double z) {
        if (values.size() == 2 * kLongestWindow) values.erase(values.begin(), values.begin() + kLongestWindow);
        values.push_back(z);
    }

    /// One beyond on each side within this run, the latest point being one of them.
    bool breaks_range(const ControlRule& rule, double z) const {
        for (const bool above : {true, false}) {
            if (!beyond(z, rule.limit, above)) continue;
            return std::any_of(run_.begin(), run_.end(), [&](double x) { return beyond(x, rule.limit, !above); });
        }
        return false;
    }

    /// The last whole runs, this one included, that fill the window exactly; some point of this run must be beyond.
    bool breaks_across(const ControlRule& rule) const {
        if (rule.range || rule.window < 2 || run_.size() < 2) return false;
        std::vector<double> values = run_;
        for (auto run = runs_.rbegin(); run != runs_.rend() && static_cast<int>(values.size()) < rule.window; ++run) {
            values.insert(values.end(), run->begin(), run->end());
        }
        if (static_cast<int>(values.size()) != rule.window) return false;
        for (const bool above : {true, false}) {
            const auto is_beyond = [&](double x) { return beyond(x, rule.limit, above); };
            if (std::none_of(run_.begin(), run_.end(), is_beyond)) continue;
            if (std::count_if(values.begin(), values.end(), is_beyond) >= rule.needed) return true;
        }
        return false;
    }

    std::span<const ControlRule> rules_;
    std::map<std::int32_t, std::vector<double>> by_material_;
    std::vector<double> run_;
    std::vector<std::vector<double>> runs_;
};

}  // namespace

ControlRule control_rule(std::string_view name) {
    const std::size_t hyphen = name.find('-');
    if (hyphen == std::string_view::npos || hyphen == 0) refuse_rule(name);
    const std::string_view head = name.substr(0, hyphen);
    std::string_view tail = name.substr(hyphen + 1);
    ControlRule rule;
    rule.name = std::string(name);
    if (tail == "x") {
        rule.limit = 0;
    } else {
        if (!tail.ends_with('s')) refuse_rule(name);
        tail.remove_suffix(1);
        const auto limit = number(tail);
        if (!limit || !(*limit > 0) || !std::isfinite(*limit)) refuse_rule(name);
        rule.limit = *limit;
    }
    if (head == "R") {
        if (tail == "x") refuse_rule(name);
        rule.range = true;
        rule.limit /= 2;
        return rule;
    }
    const std::size_t of = head.find("of");
    const auto needed = count(head.substr(0, of));
    const auto window = of == std::string_view::npos ? needed : count(head.substr(of + 2));
    if (!needed || !window || *needed > *window) refuse_rule(name);
    rule.needed = *needed;
    rule.window = *window;
    rule.rejects = name != "1-2s";
    return rule;
}

std::vector<ControlRule> westgard_rules() {
    std::vector<ControlRule> rules;
    for (const char* name : {"1-2s", "1-3s", "2-2s", "R-4s", "4-1s", "10-x"}) rules.push_back(control_rule(name));
    return rules;
}

std::vector<ControlRule> westgard_rules_of_three() {
    std::vector<ControlRule> rules;
    for (const char* name : {"1-2s", "1-3s", "2of3-2s", "R-4s", "3-1s", "6-x"}) rules.push_back(control_rule(name));
    return rules;
}

std::vector<ControlViolation> check_controls(std::span<const ControlPoint> points, std::span<const ControlRule> rules) {
    std::vector<ControlViolation> found;
    ControlHistory history(rules);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const std::string at = "check_controls: point " + std::to_string(i);
        if (!std::isfinite(points[i].z)) throw ValueError(at + ": expected a finite z, got NaN or infinity");
        if (i > 0 && points[i].run < points[i - 1].run) {
            throw ValueError(at + ": expected points in the order of runs, got a run before its predecessor's");
        }
        const bool run_ends = i + 1 == points.size() || points[i + 1].run != points[i].run;
        history.add(static_cast<index>(i), points[i], run_ends, found);
    }
    return found;
}

}  // namespace assay::features
