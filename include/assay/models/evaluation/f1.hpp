#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/evaluation/bootstrap.hpp"
#include "assay/models/evaluation/interval.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace assay::models {

/// Over which classes an F1 is taken. On rare classes these differ widely: weighted and micro are led by the common
/// class, so that a result without its average says nothing.
enum class Average {
    binary,    ///< of the positive class alone
    macro,     ///< unweighted mean over the classes
    weighted,  ///< mean over the classes by the number of their rows
    micro,     ///< of all rows together: the accuracy, where every row has one class
};

/// "binary", "macro", "weighted" or "micro".
ASSAY_EXPORT std::string_view name_of(Average average) noexcept;

/// How many rows of each class were called what.
struct ConfusionMatrix {
    index classes = 0;
    std::vector<index> counts{};  ///< [true class × predicted class]

    [[nodiscard]] index at(index truth, index predicted) const {
        return counts.at(static_cast<std::size_t>(truth * classes + predicted));
    }
};

/// @param truth      [n], from 0 to classes - 1
/// @param predicted  [n], the same
/// @throws ShapeError if the lengths differ or there is no class; ValueError for a class outside.
ASSAY_EXPORT ConfusionMatrix confusion_matrix(std::span<const index> truth, std::span<const index> predicted,
                                              index classes);

/// Precision, recall and F1 of one class; NaN where nothing is divided by nothing.
struct ClassScore {
    double precision;  ///< share of those called so that are; NaN where none was
    double recall;     ///< share of those that are so that were called so; NaN where there is none
    double f1;         ///< 2 TP / (2 TP + FP + FN); NaN where the class occurs in neither
    index rows;        ///< that are of the class
};

/// Of every class.
ASSAY_EXPORT std::vector<ClassScore> class_scores(const ConfusionMatrix& confusion);

/// An F1 with the average that it is of.
struct F1 {
    Average average = Average::binary;
    index positive = 1;                  ///< the class of the binary average
    std::optional<double> value{};       ///< absent where it is not defined
    std::optional<Interval> interval{};  ///< by bootstrap over the rows
};

/// F1 = 2 TP / (2 TP + FP + FN), averaged as asked for; classes that occur neither in truth nor predicted are left out.
/// Percentiles by group are expanded for the groups of the rarest class in truth, of the binary average those with the
/// positive class or with others; of the micro average for all groups.
/// @param positive  class of the binary average
/// @throws as confusion_matrix() and bootstrap_interval(); ValueError for a positive class outside.
/// Cost: O(n × replicates).
/// Source: van Rijsbergen 1979, Information Retrieval, ch. 7; averages as scikit-learn's f1_score
ASSAY_EXPORT F1 f1_score(std::span<const index> truth, std::span<const index> predicted, index classes, Average average,
                         index positive = 1, const BootstrapOptions& options = {});

}  // namespace assay::models
