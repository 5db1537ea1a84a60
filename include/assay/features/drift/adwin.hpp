#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::features {

struct AdwinOptions {
    double delta = 0.002;  ///< how probable it is at most, at each look, that a constant mean is called changed
    double width = 1;      ///< of the range that values may have: 1 for values from 0 to 1
    index every = 32;      ///< values between two looks; 1 looks at each
    index fewest = 5;      ///< values at least on either side of a cut
    bool operator==(const AdwinOptions&) const = default;
};

/// Adaptive windowing on a stream: a window that holds as many of the latest values as have one mean.
///
/// At a look, the window is cut where two parts of it differ by more than
/// ε = √(2/m · σ² · ln(2/δ′)) + 2/(3m) · width · ln(2/δ′), with 1/m = 1/n₀ + 1/n₁ and δ′ = δ/ln n; the older part is
/// dropped. The values are kept as an exponential histogram: memory and time of a look are O(log n). Source: Bifet A,
/// Gavaldà R. Learning from time-changing data with adaptive windowing. SIAM SDM 2007, ADWIN2.
class ASSAY_EXPORT Adwin {
  public:
    /// @throws ValueError delta outside (0, 1), width not above 0, every or fewest below 1
    explicit Adwin(const AdwinOptions& options = {});

    /// Takes one value; true where the window was cut. NaN is a missing value and changes nothing.
    /// @throws ValueError an infinite one
    bool update(double value);

    const AdwinOptions& options() const noexcept { return options_; }
    index size() const noexcept { return size_; }  ///< values in the window
    double mean() const noexcept;                  ///< of the window; NaN where it is empty
    double variance() const noexcept;              ///< of the window, with n
    index alarms() const noexcept { return alarms_; }

    /// The state, so that another process goes on where this one ended.
    std::string to_bytes() const;
    /// @throws ValueError the bytes are no such state, or damaged
    static Adwin from_bytes(std::string_view bytes);
    bool operator==(const Adwin&) const = default;

  private:
    /// 2^row values.
    struct Bucket {
        double total = 0;
        double squares = 0;  ///< of the distances from the bucket's mean
        bool operator==(const Bucket&) const = default;
    };

    void add(double value);
    void drop_oldest();
    bool cut_once();

    AdwinOptions options_;
    std::vector<std::deque<Bucket>> rows_;  ///< row r holds buckets of 2^r values, the oldest first
    index size_ = 0;
    index seen_ = 0;
    index alarms_ = 0;
    double total_ = 0;
    double squares_ = 0;
};

}  // namespace assay::features
