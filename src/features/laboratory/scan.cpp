#include "assay/features/laboratory/scan.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <string>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"

namespace assay::features {
namespace {

void check_scan(const ScanOptions& options, const char* function) {
    if (options.most_days < 1 || options.replicates < 1 || options.most_clusters < 1) {
        throw ValueError(std::string(function) + ": expected most_days, replicates and most_clusters of at least 1");
    }
}

double log_ratio(index cases, double expected, index all) {
    const auto c = static_cast<double>(cases);
    const auto total = static_cast<double>(all);
    if (!(c > expected)) return 0;
    const double rest = cases == all ? 0 : (total - c) * std::log((total - c) / (total - expected));
    return c * std::log(c / expected) + rest;
}

/// Calls visit(first, last) for every window.
template <class Visit>
void each_window(index days, const ScanOptions& options, Visit visit) {
    for (index last = options.alive_only ? days - 1 : 0; last < days; ++last) {
        for (index first = std::max<index>(0, last - options.most_days + 1); first <= last; ++first) visit(first, last);
    }
}

/// Sums up to each day, from 0: [days + 1].
template <class T>
std::vector<T> summed(std::span<const T> values) {
    std::vector<T> out(values.size() + 1);
    std::partial_sum(values.begin(), values.end(), out.begin() + 1);
    return out;
}

template <class T>
T between(const std::vector<T>& sums, index first, index last) {
    return sums[static_cast<std::size_t>(last) + 1] - sums[static_cast<std::size_t>(first)];
}

/// The greatest ratio of each replicate; highest(random) makes one.
template <class Highest>
std::vector<double> replicate(const ScanOptions& options, Highest highest) {
    std::vector<double> found(static_cast<std::size_t>(options.replicates));
    parallel_for(options.replicates, 4, [&](index begin, index end) {
        for (index r = begin; r < end; ++r) {
            Rng random(options.seed, static_cast<std::uint64_t>(r));
            found[static_cast<std::size_t>(r)] = highest(random);
        }
    });
    return found;
}

bool share_a_case(const Cluster& a, const Cluster& b) {
    if (a.last_day < b.first_day || b.last_day < a.first_day) return false;
    if (a.places.empty()) return true;
    return std::any_of(a.places.begin(), a.places.end(), [&](index place) {
        return std::find(b.places.begin(), b.places.end(), place) != b.places.end();
    });
}

/// The most likely, then those that share nothing with the ones before, with their p.
std::vector<Cluster> reported(std::vector<Cluster> all, std::vector<double> replicates, const ScanOptions& options) {
    std::stable_sort(all.begin(), all.end(), [](const Cluster& a, const Cluster& b) {
        return a.log_likelihood_ratio > b.log_likelihood_ratio;
    });
    std::sort(replicates.begin(), replicates.end(), std::greater<>());
    std::vector<Cluster> out;
    for (Cluster& cluster : all) {
        if (static_cast<index>(out.size()) == options.most_clusters) break;
        if (std::any_of(out.begin(), out.end(), [&](const Cluster& c) { return share_a_case(c, cluster); })) continue;
        // Sums in another order may differ in the last bits: such a replicate counts as one at least as likely.
        const double level = cluster.log_likelihood_ratio * (1 - 1e-12);
        const auto above = std::upper_bound(replicates.begin(), replicates.end(), level, std::greater<>());
        cluster.p = static_cast<double>(above - replicates.begin() + 1) / static_cast<double>(options.replicates + 1);
        out.push_back(std::move(cluster));
    }
    return out;
}

/// Cases by zone, as sums up to each day: [zones, days + 1].
class ZoneCounts {
  public:
    ZoneCounts(index places, index days, const std::vector<std::vector<index>>& zones)
        : width_(static_cast<std::size_t>(days) + 1), zones_of_(static_cast<std::size_t>(places)) {
        for (std::size_t z = 0; z < zones.size(); ++z) {
            for (const index place : zones[z]) zones_of_[static_cast<std::size_t>(place)].push_back(z);
        }
        sums_.resize(zones.size() * width_);
    }
    void count(std::span<const index> place, std::span<const index> day) {
        std::fill(sums_.begin(), sums_.end(), 0);
        for (std::size_t i = 0; i < place.size(); ++i) {
            for (const std::size_t z : zones_of_[static_cast<std::size_t>(place[i])]) {
                ++sums_[z * width_ + static_cast<std::size_t>(day[i]) + 1];
            }
        }
        for (std::size_t begin = 0; begin < sums_.size(); begin += width_) {
            std::partial_sum(sums_.begin() + static_cast<std::ptrdiff_t>(begin),
                             sums_.begin() + static_cast<std::ptrdiff_t>(begin + width_),
                             sums_.begin() + static_cast<std::ptrdiff_t>(begin));
        }
    }
    index cases(std::size_t zone, index first, index last) const {
        return sums_[zone * width_ + static_cast<std::size_t>(last) + 1] -
               sums_[zone * width_ + static_cast<std::size_t>(first)];
    }
    index all(std::size_t zone) const { return sums_[zone * width_ + width_ - 1]; }

  private:
    std::size_t width_;
    std::vector<std::vector<std::size_t>> zones_of_;
    std::vector<index> sums_;
};

void check_cases(std::span<const index> place, std::span<const index> day, index places, index days,
                 const std::vector<std::vector<index>>& zones) {
    if (place.size() != day.size()) {
        throw ShapeError("space_time_scan: expected a place and a day for each case, got " +
                         std::to_string(place.size()) + " and " + std::to_string(day.size()));
    }
    const auto outside = [](index end) { return [end](index value) { return value < 0 || value >= end; }; };
    if (std::any_of(place.begin(), place.end(), outside(places)) ||
        std::any_of(day.begin(), day.end(), outside(days))) {
        throw ValueError("space_time_scan: expected places from 0 to " + std::to_string(places - 1) +
                         " and days from 0 to " + std::to_string(days - 1));
    }
    for (const auto& zone : zones) {
        if (zone.empty() || std::any_of(zone.begin(), zone.end(), outside(places))) {
            throw ValueError("space_time_scan: expected zones of at least one known place");
        }
    }
}

}  // namespace

std::vector<Cluster> temporal_scan(std::span<const index> cases, std::span<const double> expected,
                                   const ScanOptions& options) {
    check_scan(options, "temporal_scan");
    if (cases.size() != expected.size()) {
        throw ShapeError("temporal_scan: expected as many days of cases as of what is expected, got " +
                         std::to_string(cases.size()) + " and " + std::to_string(expected.size()));
    }
    const auto days = static_cast<index>(cases.size());
    for (std::size_t d = 0; d < cases.size(); ++d) {
        if (cases[d] < 0 || !(expected[d] >= 0) || std::isinf(expected[d]) || (cases[d] > 0 && expected[d] == 0)) {
            throw ValueError("temporal_scan: expected numbers of at least 0, and cases only where some are expected");
        }
    }
    const std::vector<index> counts = summed(cases);
    const std::vector<double> weights = summed(expected);
    const index all = counts.back();
    if (all == 0) return {};
    const double scale = static_cast<double>(all) / weights.back();
    std::vector<Cluster> found;
    each_window(days, options, [&](index first, index last) {
        const index c = between(counts, first, last);
        const double e = scale * between(weights, first, last);
        const double ratio = log_ratio(c, e, all);
        if (ratio > 0) found.push_back({{}, first, last, c, e, ratio, 1});
    });
    const auto highest = [&](Rng& random) {
        std::vector<index> made(cases.size());
        for (index i = 0; i < all; ++i) {
            const auto after =
                std::upper_bound(weights.begin() + 1, weights.end() - 1, random.uniform() * weights.back());
            ++made[static_cast<std::size_t>(after - weights.begin()) - 1];
        }
        const std::vector<index> sums = summed(std::span<const index>(made));
        double most = 0;
        each_window(days, options, [&](index first, index last) {
            most = std::max(most, log_ratio(between(sums, first, last), scale * between(weights, first, last), all));
        });
        return most;
    };
    return reported(std::move(found), replicate(options, highest), options);
}

std::vector<Cluster> space_time_scan(std::span<const index> place, std::span<const index> day, index places, index days,
                                     const std::vector<std::vector<index>>& zones, const ScanOptions& options) {
    check_scan(options, "space_time_scan");
    check_cases(place, day, places, days, zones);
    const auto all = static_cast<index>(place.size());
    if (all == 0) return {};
    std::vector<index> by_day(static_cast<std::size_t>(days));
    for (const index d : day) ++by_day[static_cast<std::size_t>(d)];
    const std::vector<index> margin = summed(std::span<const index>(by_day));
    const auto scan = [&](const ZoneCounts& counts, auto visit) {
        each_window(days, options, [&](index first, index last) {
            const double part = static_cast<double>(between(margin, first, last)) / static_cast<double>(all);
            for (std::size_t z = 0; z < zones.size(); ++z) {
                const double e = part * static_cast<double>(counts.all(z));
                const index c = counts.cases(z, first, last);
                if (static_cast<double>(c) > e) visit(z, first, last, c, e, log_ratio(c, e, all));
            }
        });
    };
    ZoneCounts counts(places, days, zones);
    counts.count(place, day);
    std::vector<Cluster> found;
    scan(counts, [&](std::size_t z, index first, index last, index c, double e, double ratio) {
        found.push_back({zones[z], first, last, c, e, ratio, 1});
    });
    const auto highest = [&](Rng& random) {
        std::vector<index> permuted(day.begin(), day.end());
        random.shuffle(std::span(permuted));
        ZoneCounts made(places, days, zones);
        made.count(place, permuted);
        double most = 0;
        scan(made, [&](std::size_t, index, index, index, double, double ratio) { most = std::max(most, ratio); });
        return most;
    };
    return reported(std::move(found), replicate(options, highest), options);
}

std::vector<std::vector<index>> zones_by_distance(std::span<const double> distances, index places, index most) {
    if (static_cast<index>(distances.size()) != places * places) {
        throw ShapeError("zones_by_distance: expected " + std::to_string(places) + " x " + std::to_string(places) +
                         " distances, got " + std::to_string(distances.size()));
    }
    if (most < 1) throw ValueError("zones_by_distance: expected zones of at least 1 place");
    if (std::any_of(distances.begin(), distances.end(), [](double d) { return std::isnan(d); })) {
        throw ValueError("zones_by_distance: expected a distance between any two places, got NaN");
    }
    std::set<std::vector<index>> seen;
    std::vector<std::vector<index>> zones;
    for (index centre = 0; centre < places; ++centre) {
        std::vector<index> near(static_cast<std::size_t>(places));
        std::iota(near.begin(), near.end(), index{0});
        const auto row = distances.subspan(static_cast<std::size_t>(centre * places), static_cast<std::size_t>(places));
        std::stable_sort(near.begin(), near.end(), [&](index a, index b) {
            const auto key = [&](index i) { return i == centre ? -1.0 : row[static_cast<std::size_t>(i)]; };
            return key(a) < key(b);
        });
        for (index size = 1; size <= std::min(most, places); ++size) {
            std::vector<index> zone(near.begin(), near.begin() + size);
            std::sort(zone.begin(), zone.end());
            if (seen.insert(zone).second) zones.push_back(std::move(zone));
        }
    }
    return zones;
}

}  // namespace assay::features
