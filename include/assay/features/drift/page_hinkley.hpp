#pragma once

#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::features {

struct PageHinkleyOptions {
    double delta = 0.005;        ///< slack, in the unit of the values: changes of the mean below it are borne
    double threshold = 50;       ///< λ, in the unit of the values: larger is slower and alarms less
    double forgetting = 0.9999;  ///< factor of both sums at each value; 1 forgets nothing
    index fewest = 30;           ///< values before the first alarm, and after each
    bool operator==(const PageHinkleyOptions&) const = default;
};

enum class StreamChange : signed char { none = 0, up = 1, down = -1 };

/// The Page-Hinkley test on a stream: has the mean changed from what it was since the last alarm?
///
/// Sums of (x − mean ∓ δ); an alarm where one is more than λ away from its extreme. After an alarm it begins anew.
/// Source: Page ES. Biometrika 1954;41:100–115; Hinkley DV. Biometrika 1971;58:509–523.
class ASSAY_EXPORT PageHinkley {
  public:
    /// @throws ValueError delta below 0, threshold not above 0, forgetting outside (0, 1], fewest below 1
    explicit PageHinkley(const PageHinkleyOptions& options = {});

    /// Takes one value; NaN is a missing one and changes nothing. @throws ValueError an infinite one
    StreamChange update(double value);

    const PageHinkleyOptions& options() const noexcept { return options_; }
    index count() const noexcept { return count_; }  ///< values since the last alarm
    double mean() const noexcept { return mean_; }   ///< of them
    index alarms() const noexcept { return alarms_; }

    /// The state, so that another process goes on where this one ended.
    std::string to_bytes() const;
    /// @throws ValueError the bytes are no such state, or damaged
    static PageHinkley from_bytes(std::string_view bytes);
    bool operator==(const PageHinkley&) const = default;

  private:
    void begin_anew() noexcept;

    PageHinkleyOptions options_;
    index count_ = 0;
    index alarms_ = 0;
    double mean_ = 0;
    double rise_ = 0, least_rise_ = 0;
    double fall_ = 0, most_fall_ = 0;
};

}  // namespace assay::features
