#include "assay/features/drift/page_hinkley.hpp"

#include <algorithm>
#include <cmath>

#include "assay/base/error.hpp"
#include "features/drift/byte_reader.hpp"

namespace assay::features {
namespace {

constexpr std::string_view kPageHinkleyMagic = "ASSAYPH1";

bool is_sound(const PageHinkleyOptions& o) {
    return o.delta >= 0 && std::isfinite(o.delta) && o.threshold > 0 && o.forgetting > 0 && o.forgetting <= 1 &&
           o.fewest >= 1;
}

}  // namespace

PageHinkley::PageHinkley(const PageHinkleyOptions& options) : options_(options) {
    if (is_sound(options)) return;
    throw ValueError(
        "Page-Hinkley: expected delta of at least 0, threshold above 0, forgetting above 0 and at most 1, and fewest "
        "of "
        "at least 1");
}

void PageHinkley::begin_anew() noexcept {
    count_ = 0;
    mean_ = rise_ = least_rise_ = fall_ = most_fall_ = 0;
}

StreamChange PageHinkley::update(double value) {
    if (std::isnan(value)) return StreamChange::none;
    if (std::isinf(value)) throw ValueError("Page-Hinkley: expected finite values or NaN, got an infinity");
    ++count_;
    mean_ += (value - mean_) / static_cast<double>(count_);
    const double distance = value - mean_;
    rise_ = options_.forgetting * rise_ + distance - options_.delta;
    fall_ = options_.forgetting * fall_ + distance + options_.delta;
    least_rise_ = count_ == 1 ? rise_ : std::min(least_rise_, rise_);
    most_fall_ = count_ == 1 ? fall_ : std::max(most_fall_, fall_);
    if (count_ < options_.fewest) return StreamChange::none;
    const bool up = rise_ - least_rise_ > options_.threshold;
    const bool down = most_fall_ - fall_ > options_.threshold;
    if (!up && !down) return StreamChange::none;
    ++alarms_;
    begin_anew();
    return up ? StreamChange::up : StreamChange::down;
}

std::string PageHinkley::to_bytes() const {
    std::string bytes(kPageHinkleyMagic);
    for (const double number :
         {options_.delta, options_.threshold, options_.forgetting, mean_, rise_, least_rise_, fall_, most_fall_}) {
        detail::append_number(bytes, number);
    }
    for (const index number : {options_.fewest, count_, alarms_}) detail::append_number(bytes, number);
    return detail::sealed(std::move(bytes));
}

PageHinkley PageHinkley::from_bytes(std::string_view bytes) {
    detail::ByteReader reader(bytes, kPageHinkleyMagic, "Page-Hinkley");
    PageHinkley made;
    for (double* number : {&made.options_.delta, &made.options_.threshold, &made.options_.forgetting, &made.mean_,
                           &made.rise_, &made.least_rise_, &made.fall_, &made.most_fall_}) {
        *number = reader.number<double>();
    }
    for (index* number : {&made.options_.fewest, &made.count_, &made.alarms_}) *number = reader.number<index>();
    reader.expect_end();
    reader.expect(is_sound(made.options_) && made.count_ >= 0 && made.alarms_ >= 0 && std::isfinite(made.mean_));
    return made;
}

}  // namespace assay::features
