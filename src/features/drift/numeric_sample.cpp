#include "assay/features/drift/numeric_sample.hpp"

#include <algorithm>
#include <array>
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
constexpr std::string_view kMagicOfCut = "ASSAYNS2";  // has the number of bits cut behind the counts
constexpr int kMostBits = 52;

/// Σ count · term(value), in four sums so that no addition waits for the last.
template <class Term>
double weighted_sum(std::span<const double> values, std::span<const index> up_to, Term term) {
    std::array<double, 4> sums{};
    index before = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        sums[i % 4] += term(values[i]) * static_cast<double>(up_to[i] - before);
        before = up_to[i];
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

double cut_value(double value, int bits) {
    const auto kept = std::bit_cast<std::uint64_t>(value) >> bits << bits;
    return std::bit_cast<double>(kept) + 0.0;  // a small negative number may have become −0
}

/// The least number of bits after whose cut a and b, a below b, are one value.
int bits_apart(double a, double b) {
    constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
    const auto x = std::bit_cast<std::uint64_t>(a);
    const auto y = std::bit_cast<std::uint64_t>(b);
    if (((x ^ y) & kSign) == 0) return static_cast<int>(std::bit_width(x ^ y));
    return static_cast<int>(std::bit_width((x | y) & ~kSign));  // both must become 0
}

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
    data::MutableBuffer sorted(static_cast<index>(values.size_bytes()));
    double* present = sorted.as<double>();
    std::size_t count = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isinf(values[i])) {
            throw ValueError("numeric sample: expected finite values or NaN, got an infinity in row " +
                             std::to_string(i));
        }
        if (!std::isnan(values[i])) present[count++] = values[i] + 0.0;  // −0 becomes 0
    }
    sorted.resize(static_cast<index>(count * sizeof(double)));
    detail::radix_sort(sorted);

    NumericSample sample;
    sample.missing_ = static_cast<index>(values.size() - count);
    data::MutableBuffer up_to(static_cast<index>(count * sizeof(index)));
    present = sorted.as<double>();
    std::size_t distinct = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (i + 1 < count && present[i + 1] == present[i]) continue;
        up_to.as<index>()[distinct] = static_cast<index>(i + 1);
        present[distinct++] = present[i];
    }
    sorted.resize(static_cast<index>(distinct * sizeof(double)));
    up_to.resize(static_cast<index>(distinct * sizeof(index)));
    sample.values_ = std::move(sorted).freeze();
    sample.up_to_ = std::move(up_to).freeze();
    return sample;
}

NumericSample NumericSample::cut(int bits) const {
    if (bits < 0 || bits > kMostBits) throw ValueError("numeric sample: expected to cut from 0 to 52 bits");
    if (bits <= bits_cut_) return *this;
    data::MutableBuffer values(values_.size());
    data::MutableBuffer up_to(up_to_.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < distinct(); ++i) {
        const double value = cut_value(this->values()[i], bits);
        if (kept == 0 || values.as<double>()[kept - 1] != value) ++kept;
        values.as<double>()[kept - 1] = value;
        up_to.as<index>()[kept - 1] = this->up_to()[i];
    }
    NumericSample sample;
    values.resize(static_cast<index>(kept * sizeof(double)));
    up_to.resize(static_cast<index>(kept * sizeof(index)));
    sample.values_ = std::move(values).freeze();
    sample.up_to_ = std::move(up_to).freeze();
    sample.missing_ = missing_;
    sample.bits_cut_ = bits;
    return sample;
}

NumericSample NumericSample::limited_to(index most) const {
    if (most < kLeastLimit) {
        throw ValueError("numeric sample: expected a limit of at least 8192 distinct values, got " +
                         std::to_string(most));
    }
    if (static_cast<index>(distinct()) <= most) return *this;
    std::array<index, 65> pairs{};  // neighbours that are one value after so many bits are cut
    for (std::size_t i = 1; i < distinct(); ++i) {
        ++pairs[static_cast<std::size_t>(bits_apart(values()[i - 1], values()[i]))];
    }
    auto left = static_cast<index>(distinct());
    int bits = 0;
    while (left > most) left -= pairs[static_cast<std::size_t>(++bits)];
    return cut(bits);
}

void NumericSample::merge(const NumericSample& given) {
    if (given.bits_cut_ > bits_cut_) *this = cut(given.bits_cut_);
    const NumericSample other = given.cut(bits_cut_);
    missing_ += other.missing_;
    const auto x = values();
    const auto y = other.values();
    data::MutableBuffer merged(static_cast<index>((x.size() + y.size()) * sizeof(double)));
    data::MutableBuffer up_to_both(static_cast<index>((x.size() + y.size()) * sizeof(index)));
    std::size_t distinct = 0;
    std::size_t i = 0;
    std::size_t j = 0;
    for (; i < x.size() || j < y.size(); ++distinct) {
        const double value = j == y.size() || (i < x.size() && x[i] < y[j]) ? x[i] : y[j];
        if (i < x.size() && x[i] == value) ++i;
        if (j < y.size() && y[j] == value) ++j;
        merged.as<double>()[distinct] = value;
        up_to_both.as<index>()[distinct] = (i == 0 ? 0 : up_to()[i - 1]) + (j == 0 ? 0 : other.up_to()[j - 1]);
    }
    merged.resize(static_cast<index>(distinct * sizeof(double)));
    up_to_both.resize(static_cast<index>(distinct * sizeof(index)));
    values_ = std::move(merged).freeze();
    up_to_ = std::move(up_to_both).freeze();
}

bool NumericSample::operator==(const NumericSample& other) const noexcept {
    return missing_ == other.missing_ && bits_cut_ == other.bits_cut_ && std::ranges::equal(values(), other.values()) &&
           std::ranges::equal(up_to(), other.up_to());
}

double NumericSample::mean() const noexcept {
    if (empty()) return kNone;
    const double middle = values()[distinct() / 2];  // so that sums of small distances lose nothing
    return middle +
           weighted_sum(values(), up_to(), [=](double value) { return value - middle; }) / static_cast<double>(count());
}

double NumericSample::standard_deviation() const noexcept {
    if (count() < 2) return kNone;
    const double centre = mean();
    const double squares =
        weighted_sum(values(), up_to(), [=](double value) { return (value - centre) * (value - centre); });
    return std::sqrt(squares / static_cast<double>(count() - 1));
}

double NumericSample::quantile(double p) const {
    if (!(p >= 0 && p <= 1)) throw ValueError("quantile: expected p from 0 to 1");
    if (empty()) return kNone;
    const auto rank = std::max<index>(1, static_cast<index>(std::ceil(p * static_cast<double>(count()))));
    const auto counts = up_to();
    return values()[static_cast<std::size_t>(std::lower_bound(counts.begin(), counts.end(), rank) - counts.begin())];
}

std::string NumericSample::to_bytes() const {
    std::string bytes(bits_cut_ == 0 ? kMagic : kMagicOfCut);
    append<index>(bytes, std::array{static_cast<index>(distinct()), missing_});
    if (bits_cut_ != 0) append<index>(bytes, std::array{index{bits_cut_}});
    append<double>(bytes, values());
    append<index>(bytes, up_to());
    const std::uint32_t checksum = crc32c(bytes);
    append<std::uint32_t>(bytes, {&checksum, 1});
    return bytes;
}

NumericSample NumericSample::from_bytes(std::string_view bytes) {
    const bool is_cut = bytes.starts_with(kMagicOfCut);
    const std::size_t header = is_cut ? 32 : 24;
    if (bytes.size() < header + 4 || !(is_cut || bytes.starts_with(kMagic))) refuse("something else");
    const auto distinct = read_number<index>(bytes, 8);
    if (distinct < 0 || static_cast<std::uint64_t>(distinct) > bytes.size() / 16 ||
        bytes.size() != header + 16 * static_cast<std::size_t>(distinct) + 4) {
        refuse("another length");
    }
    if (crc32c(bytes.substr(0, bytes.size() - 4)) != read_number<std::uint32_t>(bytes, bytes.size() - 4)) {
        refuse("a wrong checksum");
    }
    NumericSample sample;
    sample.missing_ = read_number<index>(bytes, 16);
    const index bits = is_cut ? read_number<index>(bytes, 24) : 0;
    const auto n = static_cast<std::size_t>(distinct);
    const auto numbers = std::as_bytes(std::span(bytes)).subspan(header);
    sample.values_ = data::Buffer::copy_of(numbers.first(8 * n));
    sample.up_to_ = data::Buffer::copy_of(numbers.subspan(8 * n, 8 * n));
    const auto values = sample.values();
    const auto up_to = sample.up_to();
    bool sound = sample.missing_ >= 0 && bits >= (is_cut ? 1 : 0) && bits <= kMostBits;
    if (sound) sample.bits_cut_ = static_cast<int>(bits);
    for (std::size_t i = 0; i < n; ++i) {
        sound = sound && std::isfinite(values[i]) && up_to[i] > (i == 0 ? 0 : up_to[i - 1]) &&
                (i == 0 || values[i] > values[i - 1]) && cut_value(values[i], sample.bits_cut_) == values[i];
    }
    if (!sound) refuse("values that cannot be");
    return sample;
}

}  // namespace assay::features
