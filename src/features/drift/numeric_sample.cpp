#include "assay/features/drift/numeric_sample.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "assay/base/crc32c.hpp"
#include "assay/base/error.hpp"
#include "features/drift/radix_sort.hpp"

namespace assay::features {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kMagic = "ASSAYNS1";

template <class T>
void append(std::string& bytes, std::span<const T> numbers) {
    static_assert(std::endian::native == std::endian::little);
    bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
}

template <class T>
T read_number(std::string_view bytes, std::size_t at) {
    T number;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
}

[[noreturn]] void refuse(const char* what) {
    throw ValueError(std::string("numeric sample: expected the bytes that to_bytes() wrote, got ") + what);
}

}  // namespace

NumericSample NumericSample::of(std::span<const double> values) {
    NumericSample sample;
    std::vector<double> present;
    present.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isinf(values[i])) {
            throw ValueError("numeric sample: expected finite values or NaN, got an infinity in row " + std::to_string(i));
        }
        if (!std::isnan(values[i])) present.push_back(values[i] + 0.0);  // −0 becomes 0
    }
    sample.missing_ = static_cast<index>(values.size() - present.size());
    detail::radix_sort(present);
    for (std::size_t i = 0; i < present.size(); ++i) {
        if (i + 1 < present.size() && present[i + 1] == present[i]) continue;
        sample.values_.push_back(present[i]);
        sample.up_to_.push_back(static_cast<index>(i + 1));
    }
    return sample;
}

void NumericSample::merge(const NumericSample& other) {
    missing_ += other.missing_;
    std::vector<double> values;
    std::vector<index> up_to;
    values.reserve(values_.size() + other.values_.size());
    up_to.reserve(values.capacity());
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < values_.size() || j < other.values_.size()) {
        const bool own = j == other.values_.size() || (i < values_.size() && values_[i] <= other.values_[j]);
        const bool others = i == values_.size() || (j < other.values_.size() && other.values_[j] <= values_[i]);
        values.push_back(own ? values_[i] : other.values_[j]);
        if (own) ++i;
        if (others) ++j;
        up_to.push_back((i == 0 ? 0 : up_to_[i - 1]) + (j == 0 ? 0 : other.up_to_[j - 1]));
    }
    values_ = std::move(values);
    up_to_ = std::move(up_to);
}

double NumericSample::mean() const noexcept {
    long double sum = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
        sum += static_cast<long double>(values_[i]) * static_cast<long double>(up_to_[i] - (i == 0 ? 0 : up_to_[i - 1]));
    }
    return empty() ? kNone : static_cast<double>(sum / static_cast<long double>(count()));
}

double NumericSample::standard_deviation() const noexcept {
    if (count() < 2) return kNone;
    const long double centre = mean();
    long double squares = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const long double distance = values_[i] - centre;
        squares += distance * distance * static_cast<long double>(up_to_[i] - (i == 0 ? 0 : up_to_[i - 1]));
    }
    return static_cast<double>(std::sqrt(squares / static_cast<long double>(count() - 1)));
}

double NumericSample::quantile(double p) const {
    if (!(p >= 0 && p <= 1)) throw ValueError("quantile: expected p from 0 to 1");
    if (empty()) return kNone;
    const auto rank = std::max<index>(1, static_cast<index>(std::ceil(p * static_cast<double>(count()))));
    return values_[static_cast<std::size_t>(std::lower_bound(up_to_.begin(), up_to_.end(), rank) - up_to_.begin())];
}

std::string NumericSample::to_bytes() const {
    std::string bytes(kMagic);
    append<index>(bytes, std::vector<index>{static_cast<index>(values_.size()), missing_});
    append<double>(bytes, values_);
    append<index>(bytes, up_to_);
    const std::uint32_t checksum = crc32c(bytes);
    append<std::uint32_t>(bytes, {&checksum, 1});
    return bytes;
}

NumericSample NumericSample::from_bytes(std::string_view bytes) {
    constexpr std::size_t kHeader = 24;
    if (bytes.size() < kHeader + 4 || !bytes.starts_with(kMagic)) refuse("something else");
    const auto distinct = read_number<index>(bytes, 8);
    if (distinct < 0 || static_cast<std::uint64_t>(distinct) > bytes.size() / 16 ||
        bytes.size() != kHeader + 16 * static_cast<std::size_t>(distinct) + 4) {
        refuse("another length");
    }
    if (crc32c(bytes.substr(0, bytes.size() - 4)) != read_number<std::uint32_t>(bytes, bytes.size() - 4)) {
        refuse("a wrong checksum");
    }
    NumericSample sample;
    sample.missing_ = read_number<index>(bytes, 16);
    const auto n = static_cast<std::size_t>(distinct);
    sample.values_.resize(n);
    sample.up_to_.resize(n);
    std::memcpy(sample.values_.data(), bytes.data() + kHeader, 8 * n);
    std::memcpy(sample.up_to_.data(), bytes.data() + kHeader + 8 * n, 8 * n);
    bool sound = sample.missing_ >= 0;
    for (std::size_t i = 0; i < n; ++i) {
        sound = sound && std::isfinite(sample.values_[i]) && sample.up_to_[i] > (i == 0 ? 0 : sample.up_to_[i - 1]) &&
                (i == 0 || sample.values_[i] > sample.values_[i - 1]);
    }
    if (!sound) refuse("values that do not ascend");
    return sample;
}

}  // namespace assay::features
