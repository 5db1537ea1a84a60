#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "assay/base/index.hpp"

// What a window knows of its days: states that merge, for SlidingWindow.
namespace assay::features::detail {

struct Share {
    index part = 0;
    index whole = 0;

    void merge(const Share& later) {
        part += later.part;
        whole += later.whole;
    }
    double value() const {
        return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                          : static_cast<double>(part) / static_cast<double>(whole);
    }
};

/// The highest value; NaN for none.
struct Highest {
    double value = std::numeric_limits<double>::quiet_NaN();

    void merge(const Highest& later) { value = std::fmax(value, later.value); }
};

/// Mean and spread. Source: Chan TF, Golub GH, LeVeque RJ. Am Stat 1983;37:242–247.
struct Moments {
    double count = 0;
    double mean = 0;
    double squares = 0;  ///< Σ (x − mean)²

    void merge(const Moments& later) {
        if (later.count == 0) return;
        const double all = count + later.count;
        const double apart = later.mean - mean;
        mean += apart * (later.count / all);
        squares += later.squares + apart * apart * (count * later.count / all);
        count = all;
    }
    void add(double value) { merge({1, value, 0}); }
    double deviation() const { return std::sqrt(squares / (count - 1)); }
};

/// A line through points (t, z) by least squares.
struct Line {
    double count = 0;
    double mean_t = 0;
    double mean_z = 0;
    double tt = 0;  ///< Σ (t − mean)²
    double tz = 0;  ///< Σ (t − mean)(z − mean)

    void merge(const Line& later) {
        if (later.count == 0) return;
        const double all = count + later.count;
        const double dt = later.mean_t - mean_t;
        const double dz = later.mean_z - mean_z;
        const double weight = count * later.count / all;
        tt += later.tt + dt * dt * weight;
        tz += later.tz + dt * dz * weight;
        mean_t += dt * (later.count / all);
        mean_z += dz * (later.count / all);
        count = all;
    }
    void add(double t, double z) { merge({1, t, z, 0, 0}); }
};

}  // namespace assay::features::detail
