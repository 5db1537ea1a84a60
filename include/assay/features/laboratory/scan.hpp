#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::features {

struct ScanOptions {
    index most_days = 14;     ///< of a cluster
    bool alive_only = false;  ///< only clusters that reach the last day: what a daily look for outbreaks asks
    index replicates = 999;   ///< of the Monte Carlo test
    std::uint64_t seed = 0;
    index most_clusters = 5;  ///< reported: the most likely one, and further ones that share no case with it
};

/// More cases than expected, somewhere and for some days.
struct Cluster {
    std::vector<index> places;  ///< empty for a scan over time alone
    index first_day = 0;
    index last_day = 0;  ///< included
    index cases = 0;
    double expected = 0;
    double log_likelihood_ratio = 0;
    /// Monte Carlo: (r + 1) / (R + 1), where r of R replicates have a cluster at least as likely. Never below
    /// 1 / (R + 1).
    double p = 1;
};

/// Cases against what is expected of each day: Kulldorff's scan statistic with the Poisson model.
///
/// The log likelihood ratio of a window with c cases where E are expected, of C in all, is
/// c · ln(c/E) + (C − c) · ln((C − c)/(C − E)) where c > E, else 0. The replicates share the C cases out among the days
/// as expected.
/// @param cases     by day
/// @param expected  by day, in any unit (days, specimens, patients): brought to the sum of the cases; a day of 0 can
/// have
///                  no case
/// @return clusters by falling likelihood, those with more cases than expected alone; the same at any number of threads
/// @throws ShapeError other lengths. @throws ValueError a number below 0, a case where none can be, options below 1
/// Cost: O(replicates · (days · most_days + cases)), parallel by replicate.
/// Source: Kulldorff M. Commun Stat Theory Methods 1997;26:1481–1496; J R Stat Soc A 2001;164:61–72.
ASSAY_EXPORT std::vector<Cluster> temporal_scan(std::span<const index> cases, std::span<const double> expected,
                                                const ScanOptions& options = {});

/// Cases by place and day: Kulldorff's space-time permutation scan, which needs no population at risk.
///
/// Of a zone (a set of places) and a window of days C_zone · C_window / C cases are expected; the likelihood ratio is
/// as for temporal_scan. The replicates permute the days of the cases, so that both margins stay as they are.
/// @param place  of each case, from 0
/// @param day    of each case, from 0
/// @param zones  sets of places to look at; see zones_by_distance
/// @return as temporal_scan
/// @throws ShapeError other lengths. @throws ValueError a place or day outside, an empty zone, options below 1
/// Cost: O(replicates · (zones · days · most_days + cases · zones of a place)), parallel by replicate.
/// Source: Kulldorff M, Heffernan R, Hartman J, Assunção R, Mostashari F. PLoS Med 2005;2:e59.
ASSAY_EXPORT std::vector<Cluster> space_time_scan(std::span<const index> place, std::span<const index> day,
                                                  index places, index days,
                                                  const std::vector<std::vector<index>>& zones,
                                                  const ScanOptions& options = {});

/// Each place with its nearest neighbours, in growing sets; each set once. @param distances  [places, places], any unit
/// @param most  places of a zone. @throws ShapeError not square. @throws ValueError NaN, most below 1
ASSAY_EXPORT std::vector<std::vector<index>> zones_by_distance(std::span<const double> distances, index places,
                                                               index most);

}  // namespace assay::features
