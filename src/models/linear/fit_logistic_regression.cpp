#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/linear/logistic_regression.hpp"
#include "models/linear/newton_system.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace assay::models {
namespace {

using Vector = std::vector<double>;

std::size_t at(index i) { return static_cast<std::size_t>(i); }

/// The data of a fit, every row with its own weight.
struct LogisticProblem {
    std::span<const double> rows;
    std::span<const std::int64_t> labels;
    Vector weights;  // [n], those of the classes included, divided by their sum
    index features;
    index equations;  // 1 for two classes
    bool intercept;
    double penalty;  // 1 / (C × sum of the weights); 0 for none
    index n() const { return std::ssize(labels); }
    index width() const { return features + (intercept ? 1 : 0); }
    index size() const { return equations * width(); }
};

/// Loss of a part of the rows, with its derivatives where they are asked for.
struct LogisticTerms {
    double loss = 0;
    Vector gradient{};  // [size]
    Vector hessian{};   // [size × size], lower triangle
    bool separated = true;
};

/// Log-odds of a row into `odds`; with `probabilities` they become those. @returns the row's loss.
double score_row(const LogisticProblem& problem, const Vector& parameters, index row, Vector& odds, bool probabilities,
                 bool& own_is_first) {
    const index d = problem.width(), k = problem.equations;
    const double* x = problem.rows.data() + row * problem.features;
    for (index e = 0; e < k; ++e) {
        const double* w = parameters.data() + e * d;
        double sum = problem.intercept ? w[problem.features] : 0;
        for (index j = 0; j < problem.features; ++j) sum += w[j] * x[j];
        odds[at(e)] = sum;
    }
    const std::int64_t label = problem.labels[at(row)];
    if (k == 1) {
        const double z = odds[0], margin = label == 1 ? z : -z;
        own_is_first = margin > 0;
        if (probabilities) odds[0] = 1 / (1 + std::exp(-z));
        return margin > 0 ? std::log1p(std::exp(-margin)) : -margin + std::log1p(std::exp(margin));
    }
    const double own = odds[at(label)], most = *std::max_element(odds.begin(), odds.end());
    own_is_first = std::count_if(odds.begin(), odds.end(), [own](double z) { return z >= own; }) == 1;
    double sum = 0;
    for (const double z : odds) sum += std::exp(z - most);
    if (probabilities) {
        for (double& z : odds) z = std::exp(z - most) / sum;
    }
    return most - own + std::log(sum);
}

/// target[j][l] += factor × z[j] × z[l], z being the row and, with an intercept, a 1; of a block on the diagonal the
/// lower triangle.
void add_outer(const LogisticProblem& problem, const double* x, double factor, bool lower, double* target) {
    const index p = problem.features, d = problem.width(), stride = problem.size();
    for (index j = 0; j < d; ++j) {
        const double scaled = factor * (j < p ? x[j] : 1.0);
        double* out = target + j * stride;
        const index end = lower ? std::min(j + 1, p) : p;
        for (index l = 0; l < end; ++l) out[l] += scaled * x[l];
        if (d > p && (!lower || j == p)) out[p] += scaled;
    }
}

void add_row_derivatives(const LogisticProblem& problem, index row, const Vector& probability, LogisticTerms& terms) {
    const index d = problem.width(), k = problem.equations, size = problem.size();
    const double weight = problem.weights[at(row)];
    const double* x = problem.rows.data() + row * problem.features;
    for (index a = 0; a < k; ++a) {
        const bool own = problem.labels[at(row)] == (k == 1 ? 1 : a);
        const double residual = weight * (probability[at(a)] - (own ? 1 : 0));
        double* g = terms.gradient.data() + a * d;
        for (index j = 0; j < problem.features; ++j) g[j] += residual * x[j];
        if (problem.intercept) g[problem.features] += residual;
        for (index b = 0; b <= a; ++b) {
            const double curvature = weight * probability[at(a)] * ((a == b ? 1 : 0) - probability[at(b)]);
            add_outer(problem, x, curvature, a == b, terms.hessian.data() + a * d * size + b * d);
        }
    }
}

void sum_block(const LogisticProblem& problem, const Vector& parameters, index begin, index end, bool derivatives,
               LogisticTerms& part) {
    part.loss = 0;
    part.separated = true;
    if (derivatives) {
        part.gradient.assign(at(problem.size()), 0.0);
        part.hessian.assign(at(problem.size() * problem.size()), 0.0);
    }
    Vector odds(at(problem.equations));
    for (index row = begin; row < end; ++row) {
        const double weight = problem.weights[at(row)];
        if (weight == 0) continue;
        bool own_is_first = false;
        part.loss += weight * score_row(problem, parameters, row, odds, derivatives, own_is_first);
        part.separated = part.separated && own_is_first;
        if (derivatives) add_row_derivatives(problem, row, odds, part);
    }
}

/// Sums over blocks of rows that do not depend on the number of threads, added in their order; as many at a time as
/// there are threads, so that no more of their squares are kept.
LogisticTerms sum_rows(const LogisticProblem& problem, const Vector& parameters, bool derivatives) {
    const index n = problem.n();
    const index grain = std::max<index>(512, (n + 15) / 16), blocks = (n + grain - 1) / grain;
    LogisticTerms total;
    if (derivatives) {
        total.gradient.assign(at(problem.size()), 0.0);
        total.hessian.assign(at(problem.size() * problem.size()), 0.0);
    }
    std::vector<LogisticTerms> parts(at(std::clamp<index>(num_threads(), 1, blocks)));
    for (index first = 0; first < blocks; first += std::ssize(parts)) {
        const index count = std::min(std::ssize(parts), blocks - first);
        parallel_for(count, 1, [&](index begin, index end) {
            for (index i = begin; i < end; ++i) {
                const index from = (first + i) * grain;
                sum_block(problem, parameters, from, std::min(from + grain, n), derivatives, parts[at(i)]);
            }
        });
        for (index i = 0; i < count; ++i) {
            const LogisticTerms& part = parts[at(i)];
            total.loss += part.loss;
            total.separated = total.separated && part.separated;
            for (std::size_t j = 0; j < total.gradient.size(); ++j) total.gradient[j] += part.gradient[j];
            for (std::size_t j = 0; j < total.hessian.size(); ++j) total.hessian[j] += part.hessian[j];
        }
    }
    return total;
}

LogisticTerms evaluate(const LogisticProblem& problem, const Vector& parameters, bool derivatives) {
    LogisticTerms terms = sum_rows(problem, parameters, derivatives);
    const index d = problem.width(), size = problem.size();
    for (index i = 0; i < size; ++i) {
        if (i % d == problem.features) continue;
        const double w = parameters[at(i)];
        terms.loss += problem.penalty * w * w / 2;
        if (!derivatives) continue;
        terms.gradient[at(i)] += problem.penalty * w;
        terms.hessian[at(i * size + i)] += problem.penalty;
    }
    return terms;
}

/// With several classes the same number added to all equations changes nothing, so that the loss is flat in that
/// direction; the gradient has no part in it. This makes the Hessian definite and leaves the step as it is.
void fill_flat_directions(const LogisticProblem& problem, Vector& hessian) {
    const index d = problem.width(), k = problem.equations, size = problem.size();
    if (k == 1) return;
    for (index j = 0; j < d; ++j) {
        double mean = 0;
        for (index a = 0; a < k; ++a) mean += hessian[at((a * d + j) * size + a * d + j)] / static_cast<double>(k);
        for (index a = 0; a < k; ++a) {
            for (index b = 0; b <= a; ++b) hessian[at((a * d + j) * size + b * d + j)] += mean;
        }
    }
}

/// The point on the way along `step` at which the loss has fallen enough; absent where it falls nowhere.
std::optional<Vector> line_search(const LogisticProblem& problem, const Vector& from, const Vector& step, double loss,
                                  double decrease) {
    for (double length = 1; length > 1e-10; length /= 2) {
        Vector to = from;
        for (std::size_t i = 0; i < to.size(); ++i) to[i] -= length * step[i];
        if (evaluate(problem, to, false).loss <= loss - 1e-4 * length * decrease) return to;
    }
    return std::nullopt;
}

void check_fit(std::span<const double> rows, index features, std::span<const std::int64_t> labels, index classes,
               std::span<const double> weights, const LogisticOptions& options) {
    const index n = std::ssize(labels);
    if (features < 1 || classes < 2 || n < 1 || std::ssize(rows) != n * features ||
        (!weights.empty() && std::ssize(weights) != n) ||
        (!options.class_weights.empty() && std::ssize(options.class_weights) != classes)) {
        throw ShapeError("fit_logistic_regression: expected rows [" + std::to_string(n) + " × " +
                         std::to_string(features) + "], as many labels and weights and a weight for each of " +
                         std::to_string(classes) + " classes, got " + std::to_string(rows.size()) + " values, " +
                         std::to_string(weights.size()) + " weights and " +
                         std::to_string(options.class_weights.size()) + " class weights");
    }
    const auto wrong_weight = [](double w) { return !(w >= 0) || std::isinf(w); };
    const auto wrong = std::find_if(weights.begin(), weights.end(), wrong_weight);
    if (wrong != weights.end()) {
        throw ValueError(
            "fit_logistic_regression: expected weights of 0 or more, got one that is negative or not finite in row " +
            std::to_string(wrong - weights.begin()));
    }
    const auto& of_class = options.class_weights;
    const auto wrong_class = std::find_if(of_class.begin(), of_class.end(), wrong_weight);
    if (wrong_class != of_class.end()) {
        throw ValueError(
            "fit_logistic_regression: expected class weights of 0 or more, got one that is negative or not finite for "
            "class " +
            std::to_string(wrong_class - of_class.begin()));
    }
    const auto endless = std::find_if(rows.begin(), rows.end(), [](double v) { return !std::isfinite(v); });
    if (endless != rows.end()) {
        const index place = endless - rows.begin();
        throw ValueError("fit_logistic_regression: expected finite features, got NaN or infinity in row " +
                         std::to_string(place / features) + ", feature " + std::to_string(place % features));
    }
    const auto outside =
        std::find_if(labels.begin(), labels.end(), [classes](std::int64_t c) { return c < 0 || c >= classes; });
    if (outside != labels.end()) {
        throw ValueError("fit_logistic_regression: expected labels from 0 to " + std::to_string(classes - 1) +
                         ", got one outside in row " + std::to_string(outside - labels.begin()));
    }
    if (!(options.inverse_penalty > 0) || !(options.tolerance > 0) || options.max_iterations < 1) {
        throw ValueError(
            "fit_logistic_regression: expected an inverse penalty and a tolerance above 0, and at least "
            "one iteration");
    }
}

/// @returns the sum of the weights before they are divided by it.
double fill_weights(LogisticProblem& problem, index classes, std::span<const double> weights, const Vector& of_class) {
    problem.weights.assign(at(problem.n()), 1.0);
    Vector by_class(at(classes));
    double sum = 0;
    for (std::size_t i = 0; i < problem.weights.size(); ++i) {
        const auto label = static_cast<std::size_t>(problem.labels[i]);
        if (!weights.empty()) problem.weights[i] = weights[i];
        if (!of_class.empty()) problem.weights[i] *= of_class[label];
        by_class[label] += problem.weights[i];
        sum += problem.weights[i];
    }
    if (std::count_if(by_class.begin(), by_class.end(), [](double w) { return w > 0; }) < 2 || !std::isfinite(sum)) {
        throw ValueError("fit_logistic_regression: expected rows of at least two classes with a weight above 0");
    }
    for (double& w : problem.weights) w /= sum;
    return sum;
}

LogisticRegression model_of(const LogisticProblem& problem, const Vector& parameters, index classes) {
    Vector coefficients, intercepts;
    for (index e = 0; e < problem.equations; ++e) {
        const auto first = parameters.begin() + e * problem.width();
        coefficients.insert(coefficients.end(), first, first + problem.features);
        intercepts.push_back(problem.intercept ? *(first + problem.features) : 0.0);
    }
    return {problem.features, classes, std::move(coefficients), std::move(intercepts)};
}

/// Of each parameter of an equation the unit that its gradient is held against: the standard deviation of its feature,
/// without an intercept the root of the mean square; of a constant feature 10 ε of its size, what rounding leaves of
/// its deviations, or 1 where it is 0; 1 for the intercept.
Vector spreads_of(const LogisticProblem& problem) {
    Vector means(at(problem.features)), spreads(at(problem.width()), 1.0);
    const auto add_rows = [&](auto&& add) {
        for (index row = 0; row < problem.n(); ++row) {
            const double* x = problem.rows.data() + row * problem.features;
            for (index j = 0; j < problem.features; ++j) add(j, problem.weights[at(row)], x[j]);
        }
    };
    add_rows([&](index j, double weight, double x) { means[at(j)] += weight * x; });
    std::fill_n(spreads.begin(), problem.features, 0.0);
    add_rows([&](index j, double weight, double x) {
        const double off = problem.intercept ? x - means[at(j)] : x;
        spreads[at(j)] += weight * off * off;
    });
    for (index j = 0; j < problem.features; ++j) {
        double& spread = spreads[at(j)];
        const double size = std::abs(means[at(j)]);
        spread = std::max(std::sqrt(spread), 10 * std::numeric_limits<double>::epsilon() * size);
        if (!(spread > 0) || !std::isfinite(spread)) spread = 1;
    }
    return spreads;
}

/// The largest gradient with every feature in units of its spread: whether it is small must not depend on whether a
/// concentration came in mol/L or in nmol/L.
double largest(const Vector& gradient, const Vector& spreads) {
    double most = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        most = std::max(most, std::abs(gradient[i]) / spreads[i % spreads.size()]);
    }
    return most;
}

/// How far a step moves the row's class from the nearest of the others, in log-odds.
double gain_of(const LogisticProblem& problem, const Vector& step, index row, Vector& odds) {
    bool own_is_first = false;
    score_row(problem, step, row, odds, false, own_is_first);
    const std::int64_t label = problem.labels[at(row)];
    if (problem.equations == 1) return label == 1 ? odds[0] : -odds[0];
    const double own = odds[at(label)];
    odds[at(label)] = -std::numeric_limits<double>::infinity();
    return own - *std::max_element(odds.begin(), odds.end());
}

/// Whether larger coefficients are always better: no row is drawn away from its class by a further step of Newton's
/// method, and some go on towards theirs. Far out such a step is 1 in log-odds, near a solution it vanishes. Features
/// are taken from their means in units of their spreads: of those far from 0 the step would be lost in rounding.
bool grows_without_end(LogisticProblem problem, Vector parameters, const Vector& spreads) {
    Vector rows(problem.rows.begin(), problem.rows.end());
    for (index j = 0; j < problem.features; ++j) {
        double mean = 0;
        for (index row = 0; problem.intercept && row < problem.n(); ++row)
            mean += problem.weights[at(row)] * rows[at(row * problem.features + j)];
        for (index row = 0; row < problem.n(); ++row) {
            double& x = rows[at(row * problem.features + j)];
            x = (x - mean) / spreads[at(j)];
        }
        for (index e = 0; e < problem.equations; ++e) {
            double* const equation = parameters.data() + e * problem.width();
            if (problem.intercept) equation[problem.features] += equation[j] * mean;
            equation[j] *= spreads[at(j)];
        }
    }
    problem.rows = rows;
    LogisticTerms terms = evaluate(problem, parameters, true);
    fill_flat_directions(problem, terms.hessian);
    Vector step = detail::solve_symmetric(std::move(terms.hessian), terms.gradient, problem.size());
    if (step.empty()) return false;
    for (double& each : step) each = -each;
    double least = 0, most = 0;
    Vector odds(at(problem.equations));
    for (index row = 0; row < problem.n(); ++row) {
        if (problem.weights[at(row)] == 0) continue;
        const double gain = gain_of(problem, step, row, odds);
        least = std::min(least, gain);
        most = std::max(most, gain);
    }
    return most > 0.5 && least >= -1e-3 * most;
}

}  // namespace

LogisticFit fit_logistic_regression(std::span<const double> rows, index features, std::span<const std::int64_t> labels,
                                    index classes, std::span<const double> weights, const LogisticOptions& options) {
    check_fit(rows, features, labels, classes, weights, options);
    LogisticProblem problem{rows, labels, {}, features, classes == 2 ? 1 : classes, options.fit_intercept, 0};
    const double sum = fill_weights(problem, classes, weights, options.class_weights);
    problem.penalty = 1 / (options.inverse_penalty * sum);

    const Vector spreads = spreads_of(problem);
    Vector parameters(at(problem.size()));
    LogisticTerms terms = evaluate(problem, parameters, true);
    index iterations = 0;
    bool converged = largest(terms.gradient, spreads) <= options.tolerance;
    while (!converged && iterations < options.max_iterations) {
        fill_flat_directions(problem, terms.hessian);
        const Vector step = detail::solve_symmetric(std::move(terms.hessian), terms.gradient, problem.size());
        if (step.empty()) break;
        double decrease = 0;
        for (std::size_t i = 0; i < step.size(); ++i) decrease += step[i] * terms.gradient[i];
        // Newton's decrement, in no units: what is left to gain is lost in the rounding of the loss.
        converged = decrease <= std::min(options.tolerance * options.tolerance, 1e-16 * (1 + terms.loss));
        if (converged) break;
        const std::optional<Vector> better = line_search(problem, parameters, step, terms.loss, decrease);
        // The loss cannot fall by what is below its own rounding: the search is at its end.
        if (!better) {
            converged = decrease <= 1e-13 * (1 + terms.loss);
            break;
        }
        parameters = *better;
        terms = evaluate(problem, parameters, true);
        ++iterations;
        converged = largest(terms.gradient, spreads) <= options.tolerance;
    }
    // Where every row is on its own side, or upon the plane, and nothing holds the coefficients back.
    if (problem.penalty == 0 && (terms.separated || (converged && grows_without_end(problem, parameters, spreads))))
        converged = false;
    return {model_of(problem, parameters, classes), converged, iterations, largest(terms.gradient, spreads),
            terms.loss};
}

}  // namespace assay::models
